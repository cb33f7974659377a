"""Widgets and icons that several parts of the window use."""
