"""What shows the photo: the canvas, its split, and the empty state."""
