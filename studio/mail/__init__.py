"""E-mail: written down with what it is about, sent later by a durable workflow, through any SMTP server.

`words` what each says, in English and Chinese · `outbox` written down · `smtp` one message to the server ·
`workflow` that it is sent
"""
