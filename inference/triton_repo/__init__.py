"""The engine behind NVIDIA's Triton Inference Server: a model repository of one endpoint, and what runs it here."""
