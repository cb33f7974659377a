"""Writing a file all at once or not at all."""

import os
import secrets
from pathlib import Path


def write_atomically(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path``, replacing what was there. A crash leaves the old file or the new one, never half.

    Raises:
        OSError: the file cannot be written; what was there is untouched and nothing else is left behind.
    """
    # In the same folder, since a file can only be renamed within its file system.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
