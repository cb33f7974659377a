from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.degradations import KEYS, degradation
from training import synthesis
from training.data import packing
from training.data.data_errors import DataError
from training.data.layouts import list_pairs
from training.engine.config import Stage
from training.restoration import inventory
from training.restoration.config import TrainingConfig
from training.restoration.degrading import nearest_noise
from training.restoration.samples import Batch, TaskData, TrainingData
from training.restoration.task import Task


@pytest.fixture(name="one")
def _one(config: TrainingConfig, data: Path) -> Callable[..., TaskData]:
    """The data of one task: (task, holdout=0)."""

    def one(task: Task, holdout: int = 0) -> TaskData:
        return TrainingData(replace(config, tasks=(task,), holdout=holdout), data).tasks[0]

    return one


def assert_same(a: Batch, b: Batch) -> None:
    np.testing.assert_array_equal(a.degraded, b.degraded)
    np.testing.assert_array_equal(a.clean, b.clean)
    np.testing.assert_array_equal(a.prompts, b.prompts)


def test_batch_is_a_pure_function_of_seed_and_step(config: TrainingConfig, data: Path) -> None:
    first, second = TrainingData(config, data), TrainingData(config, data)
    second.batch(0)  # what was drawn before plays no part
    with ThreadPoolExecutor(4) as pool:  # nor does who else draws
        batches = list(pool.map(second.batch, range(5)))
    assert_same(first.batch(3), batches[3])
    assert not np.array_equal(first.batch(2).degraded, batches[3].degraded)
    other = TrainingData(replace(config, seed=6), data).batch(3)
    assert not np.array_equal(batches[3].degraded, other.degraded)


def reference(config: TrainingConfig, data: Path, step: int, index: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Reference implementation of a sample, without packs and inventory; running trainings depend on it."""
    stage, seeds = config.stage_at(step), np.random.default_rng((config.seed, step))
    ends = np.cumsum([task.share for task in config.tasks]) / sum(task.share for task in config.tasks)
    place = (index + seeds.random()) / stage.batch
    task = config.tasks[min(int((ends < place).sum()), len(ends) - 1)]
    rng = np.random.default_rng((config.seed, step, index))
    folder = data / task.folders[0]
    files = sorted((folder / "clean" if task.kind == "pairs" else folder).iterdir())
    held = np.linspace(0, len(files) - 1, config.holdout).round().astype(int)
    file = [file for number, file in enumerate(files) if number not in held][rng.integers(len(files) - config.holdout)]
    planes = [cv2.imread(str(file))[:, :, ::-1]]
    if task.kind == "pairs":
        planes.append(cv2.imread(str(folder / "degraded" / file.name))[:, :, ::-1])
    if "depth" in task.options:
        planes.append(cv2.imread(str(data / task.options["depth"] / file.name), cv2.IMREAD_GRAYSCALE))
    margin = 24 if task.kind == "blur" else 0
    size = stage.patch + 2 * margin
    top, left = (int(rng.integers(max(side - size, 0) + 1)) for side in planes[0].shape[:2])
    flips = [axis for axis, flip in ((1, rng.random() < 0.5), (0, rng.random() < 0.5)) if flip]
    for number, plane in enumerate(planes):
        plane = plane[top : top + size, left : left + size]
        short = [(0, size - side) for side in plane.shape[:2]] + [(0, 0)] * (plane.ndim - 2)
        planes[number] = np.flip(np.pad(plane, short, mode="symmetric"), flips).astype(np.float32) / np.float32(255)
    clean, prompt = planes[0], task.degradation
    match task.kind:
        case "noise":
            degraded = synthesis.gaussian_noise(clean, degradation(prompt).sigma, rng)
        case "haze":
            degraded = synthesis.random_haze(clean, planes[1], rng)
        case "blur":
            degraded = synthesis.random_blur(clean, [np.full((3, 3), 1 / 9, np.float32)], rng)
        case "low-light":
            degraded = synthesis.random_low_light(clean, rng)
        case "clean":
            degraded, prompt = clean, KEYS[rng.integers(len(KEYS))]
        case _:
            degraded = planes[1]
    window = slice(margin, margin + stage.patch)
    return (np.round(degraded * 255) / np.float32(255))[window, window], clean[window, window], KEYS.index(prompt)


def test_samples_do_not_change_between_versions(config: TrainingConfig, data: Path) -> None:
    loaded, drawn = TrainingData(config, data), set()
    for step in range(12):
        batch = loaded.batch(step)
        for index in range(config.stage_at(step).batch):
            degraded, clean, prompt = reference(config, data, step, index)
            np.testing.assert_array_equal(batch.clean[index], clean.transpose(2, 0, 1))
            np.testing.assert_array_equal(batch.degraded[index], degraded.transpose(2, 0, 1))
            assert batch.prompts[index] == prompt
            drawn.add(prompt)
    assert len(drawn) >= 5


@pytest.mark.parametrize("tile", [16, packing.TILE])
def test_samples_are_the_same_from_a_pack(
    config: TrainingConfig, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tile: int
) -> None:
    monkeypatch.setattr(inventory, "open_pictures", partial(packing.open_pictures, tile=tile))
    decoded, packed = TrainingData(config, data), TrainingData(config, data, tmp_path / "cache")
    kinds = {type(pair.clean) for task in packed.tasks for pair in task.training}
    assert kinds == {packing.TiledPicture if tile == 16 else np.ndarray}
    for step in range(8):
        assert_same(decoded.batch(step), packed.batch(step))
    for (name, a), (other, b) in zip(decoded.validation(64), packed.validation(64), strict=True):
        assert name == other
        assert_same(a, b)


@pytest.mark.parametrize("ranks", [2, 3, 8])
def test_ranks_divide_the_batch_of_one_process(config: TrainingConfig, data: Path, ranks: int) -> None:
    loaded = TrainingData(replace(config, stages=(Stage(9, 32, 8),)), data)
    whole = loaded.batch(4)
    parts = [loaded.batch(4, rank, ranks) for rank in range(ranks)]
    for rank, part in enumerate(parts):
        assert_same(part, Batch(whole.degraded[rank::ranks], whole.clean[rank::ranks], whole.prompts[rank::ranks]))
    assert sum(len(part.prompts) for part in parts) == 8


def test_batches_follow_the_stages(config: TrainingConfig, data: Path) -> None:
    loaded = TrainingData(config, data)
    assert loaded.batch(3).clean.shape == (3, 3, 32, 32)
    assert loaded.batch(4).degraded.shape == (2, 3, 48, 48)
    loaded.config = replace(config, stages=(Stage(9, 16, 1),))
    assert loaded.batch(4).degraded.shape == (1, 3, 16, 16)
    for batch in (loaded.batch(step) for step in range(5)):
        for pictures in (batch.degraded, batch.clean):
            assert pictures.dtype == np.float32 and pictures.min() >= 0 and pictures.max() <= 1
            np.testing.assert_allclose(pictures * 255, np.round(pictures * 255), atol=1e-3)


def test_shares_determine_the_frequency_of_tasks(config: TrainingConfig, data: Path) -> None:
    tasks = tuple(replace(task, share=6.0 if task.kind == "pairs" else 1.0) for task in config.tasks)
    loaded = TrainingData(replace(config, tasks=tasks, stages=(Stage(100, 16, 3),)), data)
    prompts = np.concatenate([loaded.batch(step).prompts for step in range(60)])
    share = np.mean(prompts == KEYS.index("rain"))
    assert 0.45 < share < 0.68  # 6 of 11, and the clean task's random prompts


def test_repeats_times_pictures_determine_the_frequency_of_tasks(config: TrainingConfig, data: Path) -> None:
    tasks = (
        Task("noise", ("clean", "rain/clean"), degradation="noise25", repeats=3),  # 4 pictures of 6
        Task("pairs", ("rain",), degradation="rain", repeats=18),  # 2 pictures of 3
    )
    loaded = TrainingData(replace(config, tasks=tasks, stages=(Stage(100, 16, 4),)), data)
    assert loaded.samples_per_epoch == 12 + 36
    prompts = np.concatenate([loaded.batch(step).prompts for step in range(60)])
    assert abs(np.mean(prompts == KEYS.index("rain")) - 0.75) < 0.01  # stratified: one draw a quarter of the range


def test_prompts_match_their_task_and_clean_samples_are_unchanged(
    config: TrainingConfig, one: Callable[..., TaskData]
) -> None:
    drawn = set()
    for task in config.tasks:
        loaded = one(task)
        for seed in range(20):
            degraded, clean, prompt = loaded.sample(loaded.training, 32, np.random.default_rng(seed))
            if task.kind == "clean":
                np.testing.assert_array_equal(degraded, clean)
                drawn.add(KEYS[prompt])
            else:
                assert KEYS[prompt] == task.degradation and not np.array_equal(degraded, clean)
    assert len(drawn) > 4


def test_clean_samples_may_have_one_prompt_and_low_contrast(one: Callable[..., TaskData], data: Path) -> None:
    for number, contrast in enumerate((2, 20, 60)):
        picture = np.where(np.random.default_rng(number).random((64, 64, 3)) < 0.5, 100 - contrast, 100 + contrast)
        cv2.imwrite(str(data / "clean" / f"{number}.png"), picture.astype(np.uint8))
    loaded = one(Task("clean", ("clean",), 1.0, "haze", {"low_contrast": True}))
    drawn = [loaded.sample(loaded.training[:3], 32, np.random.default_rng(seed)) for seed in range(90)]
    assert {KEYS[prompt] for _, _, prompt in drawn} == {"haze"}
    assert all(np.array_equal(degraded, clean) for degraded, clean, _ in drawn)
    contrasts = [float(clean.std() * 255) for _, clean, _ in drawn]
    # The one of less contrast of two draws of three pictures: 5, 3 and 1 ninths.
    assert abs(np.mean([value < 10 for value in contrasts]) - 5 / 9) < 0.15
    assert 0 < np.mean([value > 40 for value in contrasts]) < 0.25


def test_noise_of_any_strength_gets_the_nearest_prompt(one: Callable[..., TaskData], data: Path) -> None:
    cv2.imwrite(str(data / "clean" / "0.png"), np.full((128, 128, 3), 128, np.uint8))
    loaded = one(Task("noise", ("clean",), 1.0, options={"sigma": [5, 50]}))
    seen: dict[str, list[float]] = {}
    for seed in range(60):
        degraded, clean, prompt = loaded.sample(loaded.training[:1], 64, np.random.default_rng(seed))
        seen.setdefault(KEYS[prompt], []).append(float((degraded - clean).std() * 255))
    assert set(seen) == {"noise15", "noise25", "noise50"}
    spread = [sigma for sigmas in seen.values() for sigma in sigmas]
    assert min(spread) < 9 and max(spread) > 46
    for key, sigmas in seen.items():
        assert all(nearest_noise(sigma) == key or abs(sigma - 20) < 1 or abs(sigma - 37.5) < 2 for sigma in sigmas)
    assert [nearest_noise(sigma) for sigma in (0, 19.9, 20.1, 37, 38, 99)] == [
        f"noise{level}" for level in (15, 15, 25, 25, 50, 50)
    ]


def test_mixed_degradations_carry_the_main_prompt(one: Callable[..., TaskData]) -> None:
    dark = one(Task("mixed", ("clean",), 1.0, "low-light", {"families": ["low-light", "noise"]}))
    misty = one(Task("mixed", ("clean",), 1.0, "haze", {"families": ["rain", "haze"], "depth": "depth"}))
    shaken = one(Task("mixed", ("clean",), 1.0, "blur", {"families": ["blur", "noise"]}))
    for loaded in (dark, misty, shaken):
        for seed in range(5):
            degraded, clean, prompt = loaded.sample(loaded.training, 32, np.random.default_rng(seed))
            assert KEYS[prompt] == loaded.task.degradation
            assert degraded.shape == (32, 32, 3) and degraded.dtype == np.float32
            np.testing.assert_allclose(degraded * 255, np.round(degraded * 255), atol=1e-3)
            assert not np.array_equal(degraded, clean)
            if loaded is dark:
                assert degraded.mean() < clean.mean()


def test_some_samples_are_stored_as_jpeg(one: Callable[..., TaskData]) -> None:
    plain, always, often = (
        one(Task("pairs", ("rain",), 1.0, "rain", options)) for options in ({}, {"jpeg": 1.0}, {"jpeg": 0.4})
    )
    changed = 0
    for seed in range(50):
        samples = [task.sample(task.training, 32, np.random.default_rng(seed)) for task in (plain, always, often)]
        assert np.array_equal(samples[0][1], samples[1][1]) and not np.array_equal(samples[0][0], samples[1][0])
        assert np.abs(samples[0][0] - samples[1][0]).mean() < 0.1
        changed += not np.array_equal(samples[0][0], samples[2][0])
    assert 10 <= changed <= 30


def test_zoomed_samples_show_more_of_the_scene_and_stay_aligned(one: Callable[..., TaskData]) -> None:
    loaded = one(Task("pairs", ("rain",), 1.0, "rain", {"zoom": [0.5, 0.5]}))  # of pictures of 90 x 70 pixels
    wide = one(Task("pairs", ("rain",), 1.0, "rain", {"zoom": [0.2, 1.0]}))
    sizes = set()
    for seed in range(5):
        degraded, clean, _ = loaded.sample(loaded.training, 35, np.random.default_rng(seed))
        flips = [(y, x) for y in (1, -1) for x in (1, -1)]
        matches = [
            (number, left, flip)
            for number, pair in enumerate(loaded.training)
            for left in range(21)
            for flip in flips
            if np.array_equal(seen(pair.clean, left)[:: flip[0], :: flip[1]], np.round(clean * 255))
        ]
        [(number, left, flip)] = matches
        rain = seen(loaded.training[number].degraded, left)[:: flip[0], :: flip[1]]
        assert np.array_equal(rain, np.round(degraded * 255))
        assert wide.sample(wide.training, 32, np.random.default_rng(seed))[0].shape == (32, 32, 3)
        sizes.add(number)
    assert len(sizes) > 1


def test_augmented_haze_changes_the_clean_picture_and_stays_aligned(one: Callable[..., TaskData]) -> None:
    def draw(**options: object) -> tuple[np.ndarray, np.ndarray]:
        data = one(Task("haze", ("clean",), 1.0, "haze", {"depth": "depth", **options}))
        hazy, clean, _ = data.sample(data.training[:1], 16, np.random.default_rng(4))
        return hazy, clean

    (_, plain), (hazy, augmented) = draw(), draw(augment_scene=True)
    assert np.abs(augmented - plain).mean() > 0.02
    np.testing.assert_allclose(augmented * 255, np.round(augmented * 255), atol=1e-4)
    airlight = hazy.max()  # haze moves every pixel towards it
    assert (np.abs(hazy - airlight) <= np.abs(augmented - airlight) + 0.1).mean() > 0.9
    assert hazy.std() < augmented.std()


def seen(picture: np.ndarray, left: int) -> np.ndarray:
    """Every 2x2 pixels of a 70 x 70 piece averaged, halves rounded up: what OpenCV's area reduction gives."""
    piece = picture[0:70, left : left + 70].astype(int)
    return (piece[0::2, 0::2] + piece[1::2, 0::2] + piece[0::2, 1::2] + piece[1::2, 1::2] + 2) // 4


def test_own_photographs_are_taken_from_subfolders_and_reduced(
    one: Callable[..., TaskData], data: Path, write_picture: Callable[..., None]
) -> None:
    write_picture(data / "album" / "2019" / "large.png", 1, height=300, width=400)
    write_picture(data / "album" / "small.png", 2)
    loaded = one(Task("clean", ("album",), 1.0, options={"recursive": True, "longest": 100}))
    assert [pair.clean.shape for pair in loaded.training] == [(75, 100, 3), (70, 90, 3)]


def test_pairs_stay_aligned_through_cropping_and_mirroring(one: Callable[..., TaskData], data: Path) -> None:
    folder = data / "same"
    for name in ("degraded", "clean"):
        (folder / name).mkdir(parents=True)
        (folder / name / "x.png").write_bytes((data / "clean" / "0.png").read_bytes())
    loaded = one(Task("pairs", ("same",), 1.0, "rain"))
    crops = [loaded.sample(loaded.training, 32, np.random.default_rng(seed))[:2] for seed in range(20)]
    assert all(np.array_equal(degraded, clean) for degraded, clean in crops)
    assert len({clean.tobytes() for _, clean in crops}) == 20


def test_held_out_pictures_are_never_trained_on(config: TrainingConfig, data: Path) -> None:
    loaded = TrainingData(config, data)
    for task in loaded.tasks:
        assert len(task.training) == 2 and len(task.validation) == 1
    held = {pair.clean.tobytes() for task in loaded.tasks for pair in task.validation}
    assert not held & {pair.clean.tobytes() for task in loaded.tasks for pair in task.training}
    one, two = (TrainingData(config, data).validation(32) for _ in range(2))
    assert [name for name, _ in one] == ["noise25", "rain", "haze", "blur", "low-light", "clean"]
    for (_, a), (_, b) in zip(one, two, strict=True):
        np.testing.assert_array_equal(a.degraded, b.degraded)


def test_pictures_smaller_than_the_crop_are_continued_by_mirroring(one: Callable[..., TaskData]) -> None:
    loaded = one(Task("clean", ("clean",), 1.0))
    _, clean, _ = loaded.sample(loaded.training, 112, np.random.default_rng(0))
    assert clean.shape == (112, 112, 3) and clean.std() > 0.05


def test_missing_data_is_reported_first(config: TrainingConfig, one: Callable[..., TaskData], data: Path) -> None:
    with pytest.raises(DataError, match="nowhere"):
        one(replace(config.tasks[0], folders=("nowhere",)))
    with pytest.raises(DataError, match="too few"):
        one(config.tasks[0], holdout=3)
    (data / "depth" / "1.png").unlink()
    with pytest.raises(DataError, match=r"1\.png.*depth"):
        one(config.tasks[2])


def test_pairs_need_partners_of_the_same_size(
    one: Callable[..., TaskData], data: Path, write_picture: Callable[..., None]
) -> None:
    write_picture(data / "rain" / "degraded" / "7_a.png", 1)
    with pytest.raises(DataError, match=r"7_a\.png"):
        list_pairs(data / "rain")
    write_picture(data / "rain" / "clean" / "7.png", 1, height=64)
    assert list_pairs(data / "rain")[-1][1].name == "7.png"
    with pytest.raises(DataError, match="size"):
        one(Task("pairs", ("rain",), 1.0, "rain"))


@pytest.fixture(name="outdoors")
def _outdoors(data: Path) -> Path:
    """Two views with a sky and one without, in ``outdoors``."""
    folder, rng = data / "outdoors", np.random.default_rng(0)
    folder.mkdir()
    for number in range(3):
        picture = np.clip(np.array([90, 120, 70]) + rng.normal(0, 25, (80, 120, 1)), 0, 255)
        if number:
            picture[:40] = [225, 190, 160]  # BGR
        (folder / f"{number}.png").write_bytes(cv2.imencode(".png", picture.astype(np.uint8))[1].tobytes())
    return folder


def test_outdoor_haze_is_upright_and_uses_the_sky(one: Callable[..., TaskData], outdoors: Path) -> None:
    options = {"outdoor": True, "camera": 1.0, "jpeg": 0.7, "quality": [75, 97], "zoom": [0.5, 1.0]}
    loaded = one(Task("haze", ("outdoors",), 1.0, "haze", options))
    maps = [pair.depth[:, :] for pair in loaded.training]
    assert [int((found == 255).sum()) > 4000 for found in maps] == [False, True, True]
    for seed in range(12):
        hazy, clean, _ = loaded.sample(loaded.training[1:], 48, np.random.default_rng(seed))
        assert 0.3 < hazy.mean() < 0.65 and hazy.shape == clean.shape == (48, 48, 3)
        assert clean[:4].mean() > clean[-4:].mean()  # the sky is never below
    again = [loaded.sample(loaded.training, 48, np.random.default_rng(4)) for _ in range(2)]
    np.testing.assert_array_equal(again[0][0], again[1][0])


def test_maps_of_scenes_are_packed_too(config: TrainingConfig, data: Path, outdoors: Path, tmp_path: Path) -> None:
    task = Task("haze", ("outdoors",), 1.0, "haze", {"outdoor": True})
    settings = replace(config, tasks=(task,), holdout=1)
    plain, packed = TrainingData(settings, data), TrainingData(settings, data, tmp_path / "cache")
    again = TrainingData(settings, data, tmp_path / "cache")
    assert len(list((tmp_path / "cache").glob("*.bin"))) == 1
    for step in range(4):
        assert_same(plain.batch(step), packed.batch(step))
        assert_same(plain.batch(step), again.batch(step))


def test_camera_exposure_applies_to_rooms_too(one: Callable[..., TaskData]) -> None:
    loaded = one(Task("haze", ("clean",), 1.0, "haze", {"depth": "depth", "camera": 1.0}))
    for seed in range(8):
        hazy, _, _ = loaded.sample(loaded.training, 48, np.random.default_rng(seed))
        assert 0.35 < hazy.mean() < 0.63


def test_streets_use_their_measured_distances(one: Callable[..., TaskData]) -> None:
    loaded = one(Task("haze", ("clean",), 1.0, "haze", {"depth": "depth", "outdoor": True}))
    hazy, clean, _ = loaded.sample(loaded.training, 48, np.random.default_rng(0))
    assert hazy.std() < clean.std()


def test_clean_samples_with_slight_degradations_of_their_prompt(one: Callable[..., TaskData]) -> None:
    loaded = one(Task("clean", ("clean",), 1.0, options={"slight": 0.5, "prompts": ["rain", "blur", "noise25"]}))
    changed, prompts = 0, set()
    for seed in range(60):
        degraded, clean, prompt = loaded.sample(loaded.training, 32, np.random.default_rng(seed))
        changed += not np.array_equal(degraded, clean)
        assert np.abs(degraded - clean).mean() < 0.03
        np.testing.assert_allclose(degraded * 255, np.round(degraded * 255), atol=1e-3)
        prompts.add(KEYS[prompt])
    assert 18 <= changed <= 38 and prompts == {"rain", "blur", "noise25"}


def test_clean_samples_stored_as_jpeg_stay_the_same_on_both_sides(one: Callable[..., TaskData]) -> None:
    plain = one(Task("clean", ("clean",), 1.0, "haze"))
    stored = one(Task("clean", ("clean",), 1.0, "haze", {"jpeg": 1.0, "quality": [40, 60]}))
    for seed in range(5):
        degraded, clean, _ = stored.sample(stored.training, 32, np.random.default_rng(seed))
        np.testing.assert_array_equal(degraded, clean)
        original = plain.sample(plain.training, 32, np.random.default_rng(seed))[1]
        assert 0 < np.abs(original - clean).mean() < 0.1


def test_some_clean_samples_are_one_colour(one: Callable[..., TaskData]) -> None:
    task = one(Task("clean", ("clean",), 1.0, "", {"flat": 0.3}))
    flat, prompts = 0, set()
    for seed in range(60):
        degraded, clean, prompt = task.sample(task.training, 24, np.random.default_rng(seed))
        np.testing.assert_array_equal(degraded, clean)
        if not np.ptp(clean, axis=(0, 1)).any():
            flat += 1
            prompts.add(prompt)
    assert 8 <= flat <= 30 and len(prompts) >= 3


def test_clean_samples_with_sky_and_daylight_are_selected(
    one: Callable[..., TaskData], outdoors: Path, data: Path
) -> None:
    skies, plain = (one(Task("clean", ("outdoors",), 1.0, "haze", options)) for options in ({"sky": True}, {}))

    def share(task: TaskData) -> float:
        samples = [task.sample(task.training, 24, np.random.default_rng(seed))[1] for seed in range(40)]
        return float(np.mean([(sample[:, :, 2] > 0.84).mean() > 0.19 for sample in samples]))

    assert share(skies) > share(plain) + 0.2
    for number, grey in enumerate((20, 200)):
        (data / "nights").mkdir(exist_ok=True)
        flat = np.full((40, 40, 3), grey, np.uint8)
        (data / "nights" / f"{number}.png").write_bytes(cv2.imencode(".png", flat)[1].tobytes())
    bright = one(Task("clean", ("nights",), 1.0, "low-light", {"daylight": True}))
    means = [bright.sample(bright.training, 24, np.random.default_rng(seed))[1].mean() for seed in range(40)]
    assert np.mean(np.array(means) > 0.3) > 0.8  # 15 of 16


def test_measured_rain_and_low_light(one: Callable[..., TaskData]) -> None:
    wet = one(Task("rain", ("clean",), 1.0, "rain", {"strength": [0.2, 0.9], "zoom": [0.5, 1.0]}))
    dark = one(Task("low-light", ("clean",), 1.0, "low-light", {"measured": True}))
    usual = one(Task("low-light", ("clean",), 1.0, "low-light"))
    for seed in range(4):
        degraded, clean, prompt = wet.sample(wet.training, 32, np.random.default_rng(seed))
        assert KEYS[prompt] == "rain" and not np.array_equal(degraded, clean)
        one_dark, another = (task.sample(task.training, 32, np.random.default_rng(seed)) for task in (dark, usual))
        assert one_dark[0].mean() < one_dark[1].mean() and not np.array_equal(one_dark[0], another[0])
