"""Errors of the system as messages: the file, the reason, what to do; translatable in parts."""

import errno
import os
from pathlib import Path

import pytest

from core.errors import BatchError, RecipeError
from core.io.os_errors import already_exists, display_path, read_failure, write_failure
from core.io.output_files import check_target, make_folder, write_output
from core.messages import Message


def test_a_failure_names_the_file_the_reason_and_what_to_do() -> None:
    error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    failure = write_failure(error, Path("/photos/a.png"))
    assert failure == (
        "/photos/a.png cannot be written: No space left on device. The disk is full; free some space, or choose "
        "another disk."
    )
    assert failure.template == "{file} cannot be written: {reason}. {advice}"
    reason, advice = failure.parameters["reason"], failure.parameters["advice"]
    assert isinstance(reason, Message) and reason.template == "No space left on device"
    assert isinstance(advice, Message) and advice.template.startswith("The disk is full")


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOENT, "a.png cannot be read: No such file or directory. Check the name and the folder."),
        (errno.EISDIR, "a.png cannot be read: Is a directory. Choose a file instead of a folder."),
    ],
)
def test_the_advice_does_not_repeat_the_reason(number: int, expected: str) -> None:
    assert read_failure(OSError(number, os.strerror(number)), Path("a.png")) == expected


def test_reasons_without_translation_are_shown_as_the_system_words_them() -> None:
    failure = read_failure(OSError(9999, "The moon is full {today}"), Path("a.png"))
    assert failure == "a.png cannot be read: The moon is full {today}. Try again, or choose another folder."


def test_a_path_that_is_not_utf8_can_be_printed() -> None:
    path = Path(os.fsdecode(b"caf\xe9.png"))
    assert display_path(path) == "caf\ufffd.png"
    already_exists(path).encode("utf-8")


def test_the_caller_chooses_the_class_of_the_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(RecipeError, match="already exists"):
        write_output(b"new", tmp_path / "a", False, family=RecipeError)
    with pytest.raises(BatchError, match="does not exist"):
        check_target(tmp_path / "none" / "a", False, family=BatchError)
    with pytest.raises(BatchError, match="is a file, not a folder"):
        make_folder(tmp_path / "a", family=BatchError)
    assert (tmp_path / "a").read_bytes() == b"old"
