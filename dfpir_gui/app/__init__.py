"""The application: main window, actions, log file, and what happens when the window closes."""
