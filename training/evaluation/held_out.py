"""Pictures of the training folders that are not used for training, for evaluation on real degradations.

Whole scenes are held out, as crops and frames of one scene are too similar. Configurations exclude them by ``exclude``
in their tasks; tests compare the two.
"""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import PurePath

HELD_OUT: dict[str, tuple[str, ...]] = {
    "polyu_real_noise": (  # 10 of 50: six scenes of all five cameras
        "Canon5D2_5_160_6400_bicycle_*",
        "Canon5D2_5_160_6400_reciever_*",
        "Canon600D_4-5_125_1600_book_*",
        "Canon80D_8_8_6400_comproom_*",
        "NikonD800_5_125_6400_stair_*",
        "Sony_4_200_3200_door_*",
    ),
    "noise_pairs": (  # 11 of 50: C1 and B3 at ISO 6400 show the same tin
        "cc_Canon_EOS_5D_Mark3_ISO_3200_C1_*",
        "cc_Nikon_D800_ISO_6400_B3_*",
        "cc_Nikon_D800_ISO_3200_A3_*",
        "cc_Nikon_D800_ISO_3200_A4_*",
    ),
    "low_light_pairs": (  # 8 of 46: rooms, houses, a dome, a windmill
        "sice_153",
        "sice_175",
        "sice_233",
        "sice_858",
        "sice_1070",
        "sice_1249",
        "sice_1262",
        "sice_1568",
    ),
    "blur_pairs": (  # 2 of 4 GoPro stills, 2 of 5 REDS scenes
        "gopro_2",
        "gopro_4",
        "reds_test001_*",
        "reds_train001_*",
    ),
}
"""Folder of the training data to patterns of file stems, as in ``exclude`` of a task."""


def matches(stem: str, patterns: Sequence[str]) -> bool:
    """Whether the stem of a file name matches one of the patterns (``*``, ``?``, ``[...]``; letter case matters)."""
    return any(fnmatchcase(stem, pattern) for pattern in patterns)


def is_held_out(folder: str, file: PurePath | str) -> bool:
    """Whether a picture of ``folder`` (its name or a path ending in it, or one below it) is held out."""
    patterns = next((HELD_OUT[part] for part in reversed(PurePath(folder).parts) if part in HELD_OUT), ())
    return matches(PurePath(file).stem, patterns)
