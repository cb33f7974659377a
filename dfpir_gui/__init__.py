"""The graphical user interface of DFPIR Studio.

:mod:`dfpir_gui.session` holds the state and needs no Qt; the widgets of the pages show it and call its commands. Work
that takes time runs on the threads of :mod:`dfpir_gui.workers`. A package imports only packages after it:
app → studio, batch, inspector → dialogs → widgets → session → workers → settings → i18n.
"""
