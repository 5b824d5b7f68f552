"""Direction: rules over the motion that the model drew, between its latents and what the stage can show.

A direction is read from the prompt's words or given as a field of the request, and the field rules. Each concern has a
file of its own; `directions.py` reads them all for a shot, applies them in their order, and names what was applied.
"""
