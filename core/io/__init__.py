"""Files: atomic writing, temporary files, opening regular files only, and errors of the system as messages.

Modules: ``atomic`` (a file appears whole or not at all) · ``temp_files`` · ``regular_files`` (no pipes, no devices) ·
``os_errors`` (which file, what went wrong, what to do) · ``output_files`` (writing the files that users ask for).
"""
