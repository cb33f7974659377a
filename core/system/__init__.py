"""The computer and the program: memory, processor cores, threads, version, imports on demand."""
