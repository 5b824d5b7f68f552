"""The previs's own parts: text becomes motion parameters, motion parameters move a reference photo."""
