"""Names of results, and invalid settings."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.batch.layout import Layout
from core.errors import BatchError


@pytest.mark.parametrize(
    ("template", "format", "path", "expected"),
    [
        ("{folder}/{name}", None, "trip/day 1/a.JPG", "trip/day 1/a.JPG"),
        ("{folder}/{name}", None, "a.jpg", "a.jpg"),
        ("{name}-restored", None, "trip/a.b.jpg", "a.b-restored.jpg"),
        ("{parent}_{name}", "png", "trip/day/a.jpg", "day_a.png"),
        ("{ext}/{folder}/{name}", "tiff", "trip/a.jpg", "jpg/trip/a.tif"),
    ],
)
def test_template_names_the_result(
    source: Path, target: Path, template: str, format: str | None, path: str, expected: str
) -> None:
    assert Layout(source, target, name=template, format=format).output(path) == expected


NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1)


@given(st.lists(NAMES.filter(lambda name: name not in (".", "..")), min_size=1))
def test_default_template_mirrors_every_tree(tmp_path_factory: pytest.TempPathFactory, parts: list[str]) -> None:
    base = tmp_path_factory.getbasetemp()
    path = "/".join(parts)
    assert Layout(base, base / "out").output(path) == path


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "{folder}/result"}, "one name"),
        ({"name": "../{name}"}, "points outside"),
        ({"name": "/tmp/{name}"}, "points outside"),
        ({"name": "{name}{day}"}, "{day}"),
        ({"name": "{name.__class__}"}, "name.__class__"),
        ({"name": "{name"}, "cannot be read"),
        ({"format": "docx"}, "docx"),
        ({"formats": ("jpeg", "mp4")}, "mp4"),
        ({"collision": "merge"}, "merge"),
    ],
)
def test_invalid_settings_are_refused(source: Path, target: Path, options: dict, message: str) -> None:
    with pytest.raises(BatchError, match=message):
        Layout(source, target, **options)


def test_invalid_folders_are_refused(source: Path, tmp_path: Path) -> None:
    (source / "file").write_bytes(b"")
    for wrong, target in ((source / "none", tmp_path / "out"), (source, source / "file"), (source, source)):
        with pytest.raises(BatchError):
            Layout(wrong, target)
    with pytest.raises(BatchError, match="contains the source"):
        Layout(source, tmp_path)


@pytest.mark.parametrize("name", ["...jpg", "..jpg"])
def test_name_of_dots_never_becomes_the_parent_folder(tmp_path: Path, name: str) -> None:
    output = Layout(tmp_path, tmp_path / "out", name="{name}/{name}/x").output(f"a/{name}")
    assert not {".", ".."} & set(output.split("/")) and output.endswith("/x.jpg")
