"""The graphical user interface of DFPIR Studio.

Imports point downwards only: ``app`` (main window) → ``studio``, ``batch``, ``inspector`` (pages) → ``dialogs`` →
``widgets`` → ``session`` (open photos, their steps and results) → ``workers`` (threads) → ``settings`` → ``i18n``.
Views call commands of the session and subscribe to its changes.
"""
