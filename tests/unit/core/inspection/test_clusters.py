"""Clusters: pooled features, embeddings, and scores of known clusters."""

import multiprocessing
import os
from collections.abc import Callable

import numpy as np
import pytest

from core.errors import Cancelled, RestorationError
from core.inspection import Inspector, Pooled, Sample, clusters, clusters_of, region_of
from core.inspection.clusters import embed, embed_all, silhouette, standardise
from core.progress import CancelToken

LABELS = ("rain", "haze", "rain", "haze", "blur", "blur")


def test_pooled_features_are_means_over_the_latent_maps(inspector: Inspector, picture: Callable) -> None:
    regions = [region_of(picture(32, 48, seed)) for seed in range(6)]
    samples = [Sample(f"{n}.png", label) for n, label in enumerate(LABELS)]
    counted: list[int] = []

    pooled = inspector.latent_features(zip(samples, regions, strict=True), "blur", progress=counted.append)

    assert pooled.samples == tuple(samples) and counted == [1, 2, 3, 4, 5, 6]
    for row, (label, region) in enumerate(zip(LABELS, regions, strict=True)):
        own = inspector.trace(region, label).blocks["latent"].features
        same = inspector.trace(region, "blur").blocks["latent"].features
        np.testing.assert_allclose(pooled.features["before"][row], own["F_n"].mean(axis=(1, 2)), rtol=1e-6)
        np.testing.assert_allclose(pooled.features["after"][row], own["out"].mean(axis=(1, 2)), rtol=1e-6)
        np.testing.assert_allclose(pooled.features["control"][row], same["out"].mean(axis=(1, 2)), rtol=1e-6)
        assert (label == "blur") == np.array_equal(pooled.features["after"][row], pooled.features["control"][row])


def test_too_few_pictures(inspector: Inspector, picture: Callable) -> None:
    with pytest.raises(RestorationError, match="1 pictures are too few"):
        inspector.latent_features([(Sample("a.png", "rain"), region_of(picture(16, 16)))], "rain")


def test_model_without_dgpb_is_refused(make_inspector: Callable) -> None:
    with pytest.raises(RestorationError, match="without DGPBs"):
        make_inspector(perturbation="none").latent_features([], "rain")


def test_silhouette_by_hand() -> None:
    points = np.array([[0.0], [1.0], [4.0], [6.0]])
    a = [1, 1, 2, 2]  # mean distance within the own cluster
    b = [5, 4, 3.5, 5.5]  # and to the other
    expected = np.mean([(y - x) / max(x, y) for x, y in zip(a, b, strict=True)])
    assert silhouette(points, ["p", "p", "q", "q"]) == pytest.approx(expected)
    assert silhouette(points, ["p"] * 4) is None
    assert silhouette(points, list("pqrs")) is None


def test_standardised_columns() -> None:
    found = standardise(np.array([[1.0, 5.0], [3.0, 5.0]], np.float32))
    np.testing.assert_allclose(found, [[-1, 0], [1, 0]])


def test_known_clusters_are_found_and_repeatable() -> None:
    noise = np.random.default_rng(0).standard_normal((24, 6)).astype(np.float32)
    apart = noise + np.repeat([[0.0], [40.0]], 12, axis=0).astype(np.float32)
    samples = tuple(Sample(str(n), "rain" if n < 12 else "haze") for n in range(24))

    found = clusters_of(Pooled(samples, "rain", {"before": noise, "after": apart, "control": noise}))

    before, after = found.clouds["before"], found.clouds["after"]
    assert after.points.shape == (24, 2)
    assert after.in_features > 0.8 and after.in_points > 0.5
    assert abs(before.in_features) < 0.2
    np.testing.assert_array_equal(embed(standardise(apart)), after.points)


def test_cancel_ends_a_running_embedding() -> None:
    class Impatient(CancelToken):
        """Is cancelled at the fourth check, when the embedding has started."""

        asked = 0

        def check(self) -> None:
            self.asked += 1
            if self.asked == 4:
                self.cancel()
            super().check()

    table = np.random.default_rng(0).standard_normal((3000, 8)).astype(np.float32)  # takes a quarter of a minute
    token = Impatient()
    with pytest.raises(Cancelled):
        embed_all([table, table], cancel=token)
    assert token.asked == 4 and multiprocessing.active_children() == []


def test_embedding_in_a_process_of_its_own_is_the_same() -> None:
    table = np.random.default_rng(0).standard_normal((12, 4)).astype(np.float32)
    for here, there in zip(
        embed_all([table, 2 * table], 3), embed_all([table, 2 * table], 3, CancelToken()), strict=True
    ):
        np.testing.assert_array_equal(here, there)


def test_end_of_the_embedding_process_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "_send", os._exit)  # the process calls what is sent by its name: os._exit(pipe, …)
    with pytest.raises(RestorationError, match="t-SNE stopped"):
        embed_all([np.zeros((6, 2), np.float32)], cancel=CancelToken())


def test_cancel_and_too_few() -> None:
    token = CancelToken()
    token.cancel()
    rows = np.zeros((6, 2), np.float32)
    pooled = Pooled(tuple(Sample(str(n), "rain") for n in range(6)), "rain", {"before": rows})
    with pytest.raises(Cancelled):
        clusters_of(pooled, cancel=token)
    with pytest.raises(RestorationError, match="2 pictures"):
        clusters_of(Pooled(pooled.samples[:2], "rain", {"before": rows[:2]}))
