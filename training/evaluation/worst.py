"""Pictures of the worst cases, so that one can see what went wrong and not only how much."""

import re
from pathlib import Path, PurePosixPath

from training.baselines.pixels import to_bytes
from training.evaluation.drawing import Pixels, beside, caption, write_picture
from training.evaluation.scoring import WORST, Comparison


class WorstCases:
    """Keeps, of each set, the pictures with the least gain; call it with every comparison of one method.

    Args:
        folder: where :meth:`write` puts them.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[str, list[tuple[float, str, float, Pixels]]] = {}

    def __call__(self, comparison: Comparison) -> None:
        """Look at a picture, and keep it if it is among the worst of its set so far."""
        kept = self._kept.setdefault(comparison.set_name, [])
        if len(kept) < WORST or comparison.gain < kept[-1][0]:
            kept.append((comparison.gain, comparison.name, comparison.after.psnr, _strip(comparison)))
            kept.sort(key=lambda entry: entry[:2])
            del kept[WORST:]

    def write(self) -> list[Path]:
        """Write ``SET-RANK-gainG-psnrP-NAME.png`` for each picture kept, the worst as rank 1, and return the files.

        Raises:
            DataError: a file cannot be written.
        """
        files = []
        for set_name, kept in self._kept.items():
            for rank, (gain, name, psnr, strip) in enumerate(kept, 1):
                stem = PurePosixPath(name).with_suffix("")
                label = f"{set_name}-{rank}-gain{gain:+.2f}-psnr{psnr:.2f}-{stem}"
                files.append(self._folder / (re.sub(r"[^\w.+-]+", "_", label) + ".png"))
                write_picture(files[-1], strip)
        return files


def _strip(comparison: Comparison) -> Pixels:
    before, after = comparison.before.psnr, comparison.after.psnr
    sample = comparison.sample
    cells = [
        caption(to_bytes(sample.degraded), f"{comparison.name}: degraded {before:.2f} dB"),
        caption(to_bytes(comparison.restored), f"restored {after:.2f} dB ({comparison.gain:+.2f})"),
        caption(to_bytes(sample.clean), "clean"),
    ]
    return beside(cells)
