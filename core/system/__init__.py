"""What the library knows of the computer and of itself: memory, processors, version."""
