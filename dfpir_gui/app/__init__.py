"""The application: its window, entry points, log and what it asks before it closes."""
