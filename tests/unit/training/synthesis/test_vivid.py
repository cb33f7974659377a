import numpy as np

from training.synthesis import vivid_colours
from training.synthesis.light import LUMA


def test_colours_become_more_or_less_vivid_and_brightness_stays() -> None:
    dull = np.broadcast_to(np.array([0.5, 0.45, 0.4], np.float32), (4, 4, 3))
    before, ratios, orders = np.ptp(dull, axis=2).mean(), [], set()
    for seed in range(60):
        out = vivid_colours(dull, np.random.default_rng(seed))
        np.testing.assert_allclose(out * 255, np.round(out * 255), atol=1e-4)
        order = tuple(np.argsort(-out[0, 0]))
        orders.add(order)
        ratios.append(np.ptp(out, axis=2).mean() / before)
        if order == (0, 1, 2):
            np.testing.assert_allclose(out @ LUMA, dull @ LUMA, atol=2 / 255)
    assert 0.6 < min(ratios) < 0.85 and 1.9 < max(ratios) < 2.3 and len(orders) >= 4


def test_grey_stays_grey() -> None:
    grey = np.repeat(np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16, 1), 3, axis=2)
    np.testing.assert_allclose(vivid_colours(grey, np.random.default_rng(0)), grey, atol=1e-3)
