import threading

import pytest

from core.errors import Cancelled
from core.progress import CancelToken


def test_a_token_can_be_cancelled_from_another_thread() -> None:
    token = CancelToken()
    token.check()
    thread = threading.Thread(target=token.cancel)
    thread.start()
    thread.join()
    assert token.cancelled
    with pytest.raises(Cancelled):
        token.check()
