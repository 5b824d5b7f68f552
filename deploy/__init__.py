"""What runs Dramatis beyond one machine: images, compose, an appliance."""
