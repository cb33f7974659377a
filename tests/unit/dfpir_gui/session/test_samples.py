"""Which files are samples, and of which degradation."""

from pathlib import Path

from core.degradations import KEYS
from dfpir_gui.session.samples import find_samples, shipped_samples


def test_file_names_give_the_degradation() -> None:
    names = ["low-light.jpg", "noise.jpg", "blur.png", "rain.jpg", "haze.JPG", "noise50.jpg"]
    found = find_samples([Path("samples", name) for name in names])
    assert [(sample.path.name, sample.degradation, sample.label) for sample in found] == [
        ("noise.jpg", "noise25", "Noise"),
        ("noise50.jpg", "noise50", "Noise (σ 50)"),
        ("rain.jpg", "rain", "Rain"),
        ("haze.JPG", "haze", "Haze"),
        ("blur.png", "blur", "Motion blur"),
        ("low-light.jpg", "low-light", "Low light"),
    ]


def test_other_files_are_ignored() -> None:
    assert find_samples([Path("CREDITS.md"), Path("rain.txt"), Path("__init__.py"), Path("beach.jpg")]) == ()


def test_shipped_samples_can_be_opened() -> None:
    for sample in shipped_samples():
        assert sample.path.is_file()
        assert sample.degradation in KEYS
