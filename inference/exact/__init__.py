"""What "the same video" means: noise, fingerprints, receipts."""
