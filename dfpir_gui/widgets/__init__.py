"""Widgets and icons that several pages share."""
