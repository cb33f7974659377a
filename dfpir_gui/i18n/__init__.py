"""The languages of the window: translation of its texts and of the library's messages."""
