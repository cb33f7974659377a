"""How exceptions become notices."""

import logging

import pytest

from core.errors import PhotoError
from dfpir_gui.session.notices import Notice, notice_from_error


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:
        return caught


def test_errors_of_the_project_are_shown_with_their_message(caplog: pytest.LogCaptureFixture) -> None:
    notice = notice_from_error(raised(PhotoError("beach.jpg is damaged. Choose another photo.")), "opening beach.jpg")
    assert (notice.what, notice.advice) == ("beach.jpg is damaged. Choose another photo.", "")
    assert "Traceback" in notice.details
    assert "beach.jpg is damaged" in caplog.text


def test_unexpected_errors_get_a_general_sentence_and_a_logged_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        notice = notice_from_error(raised(ZeroDivisionError("division by zero")), "restoring the photo")
    assert notice.what == "Something unexpected happened while restoring the photo."
    assert "Try again" in notice.advice
    assert "division by zero" not in notice.what + notice.advice
    assert "ZeroDivisionError: division by zero" in notice.details
    assert "ZeroDivisionError: division by zero" in caplog.text


def test_lack_of_memory_is_reported_as_such() -> None:
    notice = notice_from_error(raised(MemoryError()), "restoring the photo")
    assert notice.what == "There was not enough memory for restoring the photo."
    assert "smaller photo" in notice.advice


def test_the_report_contains_all_parts() -> None:
    assert Notice("It broke.", "Mend it.", "line 1\nline 2").report == "It broke. Mend it.\n\nline 1\nline 2"
    assert Notice("It broke.").report == "It broke."


def test_details_begin_with_the_chain_of_causes() -> None:
    def decode() -> None:
        try:
            raise ValueError("bad Huffman code")
        except ValueError as error:
            raise PhotoError("beach.jpg is damaged. Copy it again.") from error

    with pytest.raises(PhotoError) as caught:
        decode()
    lines = notice_from_error(caught.value, "opening beach.jpg").details.splitlines()
    assert lines[:3] == ["beach.jpg is damaged. Copy it again.", "ValueError: bad Huffman code", ""]
    assert lines[3].startswith("Traceback")
