"""The Batch page: whole folders, with the library's engine in :mod:`core.batch`."""
