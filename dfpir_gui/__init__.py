"""The window of DFPIR Studio.

State lives in :mod:`dfpir_gui.session`, which knows no toolkit; the widgets in ``views`` and ``panels``
mirror it. Work that takes time runs in the one lane of :mod:`dfpir_gui.workers.worker_thread`.
"""
