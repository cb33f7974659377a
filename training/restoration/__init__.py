"""Training of the restoration network."""
