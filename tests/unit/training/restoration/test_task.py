import pytest

from training.restoration.task import FAMILIES, Task, weights


def entry(**changes: object) -> dict[str, object]:
    whole: dict[str, object] = {"kind": "noise", "folders": ["a", "b"], "share": 1.0, "degradation": "noise25"}
    return {key: value for key, value in {**whole, **changes}.items() if value is not None}


def test_an_entry_is_read_into_fields_and_options() -> None:
    task = Task.from_dict(entry(kind="blur", degradation="blur", kernels="k.npz", names=["x"], jpeg=0.1))
    assert (task.kind, task.folders, task.share, task.degradation) == ("blur", ("a", "b"), 1.0, "blur")
    assert task.options == {"kernels": "k.npz", "names": ["x"], "jpeg": 0.1}
    assert task.families == ("blur",) and task.name == "blur"
    mixed = Task.from_dict(entry(kind="mixed", families=["rain", "haze"], degradation="haze"))
    assert mixed.families == ("rain", "haze") and mixed.name == "rain+haze"
    any_noise = Task.from_dict(entry(sigma=[5, 50], degradation=None))
    assert any_noise.name == "noise" and any_noise.degradation == ""
    clean = Task.from_dict(entry(kind="clean", degradation="haze"))
    assert (clean.name, clean.degradation, clean.families) == ("clean", "haze", ())
    assert Task.from_dict(entry(kind="pairs", degradation="rain", share=None, repeats=120)).families == ()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "snow"}, "snow"),
        ({"share": None}, "either a share or repeats"),
        ({"repeats": 3}, "either a share or repeats"),
        ({"share": -1.0}, "share -1.0"),
        ({"share": None, "repeats": -3}, "repeats -3"),
        ({"degradation": "snow"}, "snow"),
        ({"degradation": "rain"}, "noise task needs a noise degradation"),
        ({"kind": "clean", "degradation": "snow"}, "snow"),
        ({"kind": "clean", "low_contrast": 1}, "low_contrast 1"),
        ({"kind": "clean", "pale": True, "low_contrast": True}, "either pale or low_contrast"),
        ({"low_contrast": True}, "no option 'low_contrast'"),
        ({"sigma": [5, 50]}, "follow from sigma"),
        ({"sigma": [50, 5], "degradation": None}, "lowest < highest"),
        ({"sigma": 25, "degradation": None}, "two numbers"),
        ({"jpeg": 1.5}, "jpeg 1.5"),
        ({"kind": "haze", "degradation": "haze", "zoom": [0, 1]}, "zoom"),
        ({"kind": "haze", "degradation": "haze", "zoom": [0.5, 2]}, "zoom"),
        ({"kind": "haze", "degradation": "haze", "zoom": 0.5}, "zoom"),
        ({"longest": 0.5}, "longest 0.5"),
        ({"recursive": "no"}, "recursive 'no'"),
        ({"augment_scene": True}, "no option 'augment_scene'"),
        ({"kind": "haze", "degradation": "haze", "augment_scene": 0.5}, "augment_scene 0.5"),
        ({"depth": "d"}, "no option 'depth'"),
        ({"kind": "rain", "degradation": "rain", "strength": [0.5, 2]}, "strength"),
        ({"kind": "low-light", "degradation": "low-light", "measured": 1}, "measured 1"),
        ({"log_share": 0.5}, "log_share also needs sigma"),
        ({"sources": {"white": 1}}, "sources also needs sigma"),
        ({"sigma": [2, 80], "degradation": None, "sources": {"snow": 1}}, "shares of white, sensor"),
        ({"sigma": [2, 80], "degradation": None, "sources": {"white": 0}}, "shares of white, sensor"),
        ({"sigma": [2, 80], "degradation": None, "sources": ["white"]}, "table of shares"),
        ({"sigma": [2, 80], "degradation": None, "log_share": 2}, "log_share 2"),
        ({"vivid": True, "jpeg": 0.1, "quality": [90, 20]}, "quality"),
        ({"vivid": 1.5}, "vivid 1.5"),
        ({"turns": 1}, "turns 1"),
        ({"exclude": "a*"}, "exclude 'a"),
        ({"kind": "pairs", "degradation": "rain", "turns": True}, "has a direction"),
        ({"kind": "rain", "degradation": "rain", "turns": True}, "no option 'turns'"),
        ({"kind": "haze", "degradation": "haze", "vivid": 0.5}, "no option 'vivid'"),
        ({"kind": "blur", "degradation": "blur", "extent": [9, 3]}, "smallest <= largest"),
        ({"kind": "blur", "degradation": "blur", "paths": 0.5}, "paths also needs extent"),
        ({"kind": "blur", "degradation": "blur", "gyro": "g.txt"}, "gyro also needs extent"),
        ({"outdoor": True}, "no option 'outdoor'"),
        ({"kind": "haze", "degradation": "haze", "outdoor": 1}, "outdoor 1"),
        (
            {"kind": "haze", "degradation": "haze", "outdoor": True, "augment_scene": True},
            "either outdoor or",
        ),
        ({"kind": "haze", "degradation": "haze", "camera": 80}, "camera 80"),
        ({"kind": "haze", "degradation": "haze", "quality": [97, 75]}, "quality"),
        ({"kind": "haze", "degradation": "haze", "quality": 75}, "quality"),
        ({"kind": "clean", "degradation": "haze", "slight": 2}, "slight 2"),
        (
            {"kind": "clean", "degradation": "haze", "sky": True, "low_contrast": True},
            "one of low_contrast, sky",
        ),
        ({"kind": "clean", "degradation": "haze", "prompts": ["rain"]}, "either prompts or a degradation"),
        ({"kind": "clean", "degradation": None, "prompts": ["snow"]}, "snow"),
        ({"kind": "clean", "degradation": None, "prompts": []}, "prompts"),
        ({"recursive": True, "kind": "pairs"}, "no option 'recursive'"),
        ({"kind": "haze", "degradation": "haze", "depth": "d", "longest": 100}, "longest"),
        ({"kind": "blur", "degradation": "blur", "kernels": "k.npz"}, "neither"),
        ({"kind": "mixed", "degradation": "haze", "families": ["haze"]}, "two or more"),
        ({"kind": "mixed", "degradation": "haze", "families": ["haze", "haze"]}, "two or more"),
        ({"kind": "mixed", "degradation": "haze", "families": ["haze", "snow"]}, "two or more"),
        ({"kind": "mixed", "degradation": "blur", "families": ["haze", "rain"]}, "one of its families"),
    ],
)
def test_mistakes_are_named(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Task.from_dict(entry(**changes))


def test_repeats_weigh_by_the_number_of_pictures_and_shares_do_not() -> None:
    repeated = [
        Task("pairs", ("a",), degradation="rain", repeats=120),
        Task("pairs", ("b",), degradation="haze", repeats=1),
    ]
    assert weights(repeated, [200, 72135]) == [24000, 72135]
    shared = [Task("clean", ("a",), 0.2), Task("clean", ("b",), 0.6)]
    assert weights(shared, [5, 5000]) == [0.2, 0.6]
    with pytest.raises(ValueError, match="share and others repeats"):
        weights([*repeated, *shared], [1, 1, 1, 1])


def test_the_families_are_those_of_the_synthesis() -> None:
    from training import synthesis

    assert set(FAMILIES) == set(synthesis.FAMILIES)
