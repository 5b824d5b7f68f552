"""prepare → denoise step → decode, the same for every model."""
