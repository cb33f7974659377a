"""Work off the main thread: threads, requests, image pyramids, results kept on disk."""
