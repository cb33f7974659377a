"""Update the golden results after a bundled model was replaced: ``python -m training.publishing.golden``."""

import json
import sys
from pathlib import Path
from typing import Any

from core.errors import DFPIRError
from core.evaluation import golden
from core.io import atomic


def write(file: Path) -> dict[str, Any]:
    """Compute the golden results and write them to ``file``.

    Raises:
        OSError: it cannot be written.
    """
    content = golden.compute()
    text = json.dumps(content, indent=None, separators=(",", ":"), sort_keys=True)
    atomic.publish((text.replace('},"', '},\n"').replace('],"', '],\n"') + "\n").encode(), file, overwrite=True)
    return content


def main() -> int:
    """Update the golden results of the installation; returns the exit code."""
    file = golden.golden_file()
    try:
        before = golden.expected()
    except DFPIRError:
        before = {"models": {}}
    content = write(file)
    for name, digest in content["models"].items():
        print(f"{name}  {digest}  {'as before' if before['models'].get(name) == digest else 'new'}")
    print(f"{file}  {file.stat().st_size / 1e3:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
