"""Events, told to receivers of a customer's own: Standard Webhooks, delivered at least once.

`event_types` what can be heard of · `messages` an event as its body · `signing` secrets and signatures ·
`addresses` `destination` whom may be spoken to · `sender` one request · `schedule` when it is tried again ·
`outbox` events → deliveries · `attempt` one try and what follows · `workflow` that it is made · `replay` once more ·
`endpoints` made, changed, disabled · `routes` `delivery_routes` `schemas` over HTTP
"""
