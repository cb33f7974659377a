"""The limits of the report on quality follow from the labelled results, and keep what is promised of them."""

import numpy as np
import pytest

from core.quality import LIMITS
from training.evaluation.quality import Labelled, cross_validated, fit, main, read_labels, shares, warned


@pytest.fixture(scope="module")
def labelled() -> Labelled:
    return read_labels()


def test_enough_results_of_each_kind_were_looked_at(labelled: Labelled) -> None:
    assert len(labelled.labels) >= 120
    assert set(labelled.labels) == {"good", "harmless", "harmful"}
    assert min(np.unique(labelled.labels, return_counts=True)[1]) >= 50
    assert len(set(labelled.names)) >= 250


def test_harmful_results_are_warned_of_and_good_ones_are_not(labelled: Labelled) -> None:
    found = shares(labelled, warned(labelled.values, LIMITS))
    assert found.harmful >= 0.85
    assert found.good <= 0.10


def test_the_limits_are_those_that_are_fitted(labelled: Labelled) -> None:
    assert fit(labelled) == dict(LIMITS)


def test_limits_fitted_without_a_source_judge_it_almost_as_well(labelled: Labelled) -> None:
    found = cross_validated(labelled, folds=4)
    assert found.harmful >= 0.7
    assert found.good <= 0.2


def test_the_command_names_the_misjudged_results(labelled: Labelled, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--keep"])
    lines = capsys.readouterr().out.splitlines()
    wrong = sum(line.startswith(("missed: ", "false: ")) for line in lines)
    flags = warned(labelled.values, LIMITS)
    assert wrong == sum(flags[labelled.labels == "good"]) + sum(~flags[labelled.labels == "harmful"])
