"""Names of results: what Windows allows."""

import pytest

from core.batch import layout
from core.errors import BatchError
from core.photo.output_paths import possible_on_windows


@pytest.mark.parametrize(
    "name",
    ["photo.jpg", "console.jpg", "com.jpg", "com10.jpg", "COM", "nulls", "aux-1.png", ".hidden", "ä ö.tif", "a.con"],
)
def test_names_that_windows_allows(name: str) -> None:
    assert possible_on_windows(name)


@pytest.mark.parametrize(
    "name",
    [
        *("CON", "nul", "con.jpg", "NUL.tar.gz", "Aux .txt", "COM1", "lpt9.png", "COM¹.x", "CONIN$"),
        *("end.", "end ", "", "..", "a:b", "a<b", "a|b", 'a"b', "a?b", "a*b", "a\x07b", "a/b", "a\\b"),
    ],
)
def test_names_that_windows_forbids(name: str) -> None:
    assert not possible_on_windows(name)


@pytest.mark.parametrize("template", ["aux/{name}", "a/{name}:x", "sub./{name}", "con.{name}"])
def test_templates_that_windows_would_take_for_something_else(template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "_WINDOWS", True)
    with pytest.raises(BatchError, match="not valid on Windows"):
        layout._check_template(template)
    layout._check_template(layout.DEFAULT_NAME)
    monkeypatch.setattr(layout, "_WINDOWS", False)
    layout._check_template(template)
