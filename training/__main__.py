"""``python -m training``: ``dfpir-train`` in the form that ``torchrun -m`` requires."""

import sys

from training.cli import train

if __name__ == "__main__":
    sys.exit(train())
