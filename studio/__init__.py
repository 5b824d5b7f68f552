"""The product: accounts, characters, takes; async, never imports torch."""
