"""How the motion model is trained: captions from a grammar, motion synthesised for them, one script."""
