"""What is deployed: packages by role, images, compose, backups, upgrades."""
