"""``dfpir-gui`` of the bundle."""

import multiprocessing
import sys

from dfpir_gui.__main__ import main

if __name__ == "__main__":
    multiprocessing.freeze_support()
    sys.exit(main())
