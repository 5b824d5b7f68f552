"""Who calls. `caller` turns a bearer key or a session's cookie into a Caller; `unit` opens its transaction.

people passwords          signing up and in with a password        sign_in_limits   how often that may be tried
oidc oidc_routes          signing in at an identity provider       sign_in_link     a one-time link
sessions cookies tokens   browsers that are signed in              browser_sign_in  a browser gets its cookie
actor                     who acts, for the audit log              local_key        the embedded default's own key
routes schemas fields     people and sessions over HTTP
"""
