"""What the organisation's takes came to: `routes` and `schemas` tell it by day, model, project, key and member."""
