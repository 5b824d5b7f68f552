"""Two images from one Containerfile, how they are built, and what is checked of them."""
