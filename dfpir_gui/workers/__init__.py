"""Work off the main thread: threads, requests, image pyramids, results swapped out to disk."""
