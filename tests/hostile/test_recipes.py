"""Untrusted recipes: whatever is in the file, the outcome is a recipe or a short RecipeError that names it."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import RecipeError
from core.recipes import Recipe, read_recipe

SOUND = {
    "recipe": 1,
    "program": "0.1.0",
    "model": {"name": "dfpir-compact", "sha256": "0" * 64},
    "precision": "float32",
    "steps": [{"degradation": "haze", "strength": 0.5}],
}
PLACES = [("recipe",), ("program",), ("model",), ("model", "name"), ("model", "sha256"), ("precision",), ("steps",)]
PLACES += [("steps", 0), ("steps", 0, "degradation"), ("steps", 0, "strength")]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
MAX_LENGTH = 1000  # characters of a message


def changed(place: tuple, value: object) -> str:
    """The valid recipe with another value in one place."""
    copy = json.loads(json.dumps(SOUND))
    inner = copy
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return json.dumps(copy)


def outcome(path: Path) -> Recipe | str:
    try:
        return read_recipe(path)
    except RecipeError as error:
        assert path.name in str(error) and len(str(error)) < MAX_LENGTH, str(error)[:MAX_LENGTH]
        return str(error)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(PLACES), value=ANYTHING)
def test_any_value_in_any_place(tmp_path: Path, place: tuple, value: object) -> None:
    path = tmp_path / "odd.recipe.json"
    path.write_text(changed(place, value), encoding="utf-8")
    if isinstance(result := outcome(path), Recipe):
        assert all(0 <= step.strength <= 1 for step in result.steps)


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (("recipe",), 4, "newer program"),
        (("recipe",), 10**300, "newer program"),
        (("steps",), [], "nothing to do"),
        (("steps",), [SOUND["steps"][0]] * 5000, "steps"),
        (("steps", 0, "strength"), float("nan"), "0 to 1"),
        (("steps", 0, "degradation"), "../../evil", "not known"),
        (("model", "sha256"), "../" * 20 + "abcd", "hexadecimal"),
        (("precision",), "x" * 500_000, "precision"),
        (("steps",), {"a": ["b" * 1000] * 500}, "steps"),
        (("steps", 0), "y" * 900_000, "step 1"),
    ],
)
def test_malicious_values_are_refused_with_a_short_message(
    tmp_path: Path, place: tuple, value: object, words: str
) -> None:
    path = tmp_path / "evil.recipe.json"
    path.write_text(changed(place, value), encoding="utf-8")
    result = outcome(path)
    assert isinstance(result, str) and words in result


@pytest.mark.parametrize("text", ["[" * 500_000, '{"recipe":' * 100_000, "9" * 1_000_000, '{"recipe": 1' + " " * 2**26])
def test_deeply_nested_and_long_texts_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "deep.recipe.json"
    path.write_text(text, encoding="utf-8")
    started = time.process_time()
    assert isinstance(outcome(path), str)
    assert time.process_time() - started < 20  # processor time, which does not depend on other programs
