"""What the window remembers from one start to the next, and where it keeps it."""
