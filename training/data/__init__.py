"""Training data: finding, reading, packing and sampling of pictures."""
