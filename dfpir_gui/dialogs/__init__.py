"""Dialogs that several parts of the window use: files, confirmations, settings, models, help."""
