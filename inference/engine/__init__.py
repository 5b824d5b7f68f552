"""One render from request to uploaded clip. Import from the files: this package itself stays torch-free."""
