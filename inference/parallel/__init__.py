"""One render over several devices: who computes what, and what they exchange. The result is that of one device."""
