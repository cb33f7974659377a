import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core.checkpoints import load_checkpoint
from core.degradations import KEYS
from core.evaluation import psnr
from core.inference import Restorer
from core.photo import Photo
from training.data.pictures import read_picture
from training.engine.config import Stage
from training.engine.history import earlier_parts
from training.engine.loop import LAST, Trainer
from training.engine.state import ResumeError, load_state
from training.restoration.config import TrainingConfig
from training.restoration.losses import restoration_loss
from training.restoration.objective import RestorationObjective


def weights(run: Path) -> dict[str, torch.Tensor]:
    state = load_state(run / LAST)
    return {**state["model"], **{f"ema.{key}": value for key, value in state["ema"].items()}}


def test_six_steps_equal_two_and_four_bit_for_bit(config: TrainingConfig, data: Path, tmp_path: Path) -> None:
    Trainer(RestorationObjective(config, data), tmp_path / "whole").run()
    Trainer(RestorationObjective(config, data), tmp_path / "parts").run(until=2)
    torch.manual_seed(999)  # the resumed run must not depend on global state
    resumed = Trainer(RestorationObjective(config, data), tmp_path / "parts")
    assert resumed.step == 2
    resumed.run()
    one, two = weights(tmp_path / "whole"), weights(tmp_path / "parts")
    assert one.keys() == two.keys()
    assert all(torch.equal(one[key], two[key]) for key in one)


def test_run_writes_a_usable_checkpoint_and_a_validation_log(
    config: TrainingConfig, data: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    Trainer(RestorationObjective(replace(config, card={"licence": "test"}), data), run).run()
    checkpoint = load_checkpoint(run / "last.safetensors")
    assert checkpoint.card["name"] == "small" and checkpoint.card["steps"] == 6 and checkpoint.card["licence"] == "test"
    assert checkpoint.card["samples"] == 4 * 3 + 2 * 2 and checkpoint.card["history"][0]["loss"] == "L1"
    assert checkpoint.prompts.names == KEYS and checkpoint.prompts.is_random
    result = Restorer(checkpoint, device="cpu").restore(
        Photo.from_array(read_picture(data / "clean" / "0.png")), "haze"
    )
    assert result.photo.height == 70
    lines = [json.loads(line) for line in (run / "validation.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [2, 4, 6]
    assert list(lines[0]) == ["step", "noise25", "rain", "haze", "blur", "low-light", "clean"]
    assert (run / "best.safetensors").exists()


def test_training_learns(config: TrainingConfig, data: Path, tmp_path: Path) -> None:
    longer = replace(config, stages=(Stage(40, 32, 4),), validate_every=40, autocast="float32", tasks=config.tasks[4:5])
    trainer = Trainer(RestorationObjective(longer, data), tmp_path / "run")
    before = trainer.validate()["low-light"]
    trainer.run()
    assert trainer.validate()["low-light"] > before + 1.0


def test_validation_is_the_mean_psnr_of_held_out_crops(config: TrainingConfig, data: Path) -> None:
    objective = RestorationObjective(config, data)
    network = objective.network().eval()
    torch.nn.init.zeros_(network.head.weight)  # the output is the input
    with torch.no_grad():
        means, pictures = objective.validate(network), objective.pictures(network)
    for name, batch in objective.data.validation(192):
        if name != "clean":
            expected = np.mean([psnr(a, b) for a, b in zip(batch.degraded, batch.clean, strict=True)])
            assert means[name] == pytest.approx(expected, abs=1e-6)
        degraded, restored, clean = np.split(pictures[name].astype(np.float64) / 255, 3, axis=1)
        np.testing.assert_allclose(degraded, batch.degraded[0].transpose(1, 2, 0), atol=1e-6)
        np.testing.assert_allclose(clean, batch.clean[0].transpose(1, 2, 0), atol=1e-6)
        np.testing.assert_array_equal(degraded, restored)
    assert list(means) == list(pictures)


def test_epochs_are_counted_in_the_samples_of_the_data(config: TrainingConfig, data: Path) -> None:
    stages = (Stage(0, 32, 3, epochs=2), Stage(2, 48, 2))
    objective = RestorationObjective(replace(config, stages=stages), data)
    samples = objective.data.samples_per_epoch
    steps = -(-2 * samples // 3)
    assert samples > 0 and objective.settings.stages == (Stage(steps, 32, 3), Stage(2, 48, 2))
    assert objective.batch(steps - 1)[0].shape == (3, 3, 32, 32) and objective.batch(steps)[0].shape == (2, 3, 48, 48)


def test_new_run_can_start_from_a_checkpoint_of_the_same_network(
    config: TrainingConfig, data: Path, tmp_path: Path
) -> None:
    Trainer(RestorationObjective(config, data), tmp_path / "first").run(until=2)
    file = tmp_path / "first" / "last.safetensors"
    other = replace(config, seed=9, prompt_seed=9, source="other")
    begun = Trainer(RestorationObjective(other, data, init=file), tmp_path / "second")
    stored = load_checkpoint(file)
    assert begun.step == 0
    for weights_of in (begun.model, begun.ema):
        assert all(torch.equal(value, stored.state[key]) for key, value in weights_of.state_dict().items())
    begun.run(until=1)
    # Without init: the prompts are the run's own, and its card still knows where it began.
    resumed = RestorationObjective(other, data)
    Trainer(resumed, tmp_path / "second").run(until=2)
    assert resumed.bank.encoder == stored.prompts.encoder
    np.testing.assert_array_equal(resumed.bank.to_arrays()[1], stored.prompts.to_arrays()[1])
    card = load_checkpoint(tmp_path / "second" / "last.safetensors").card
    assert card["steps"] == 4 and [part["config"] for part in card["history"]] == ["small", "other"]
    assert card["history"][1]["init"] == "first/last.safetensors"
    deeper = replace(config, model=replace(config.model, refinement_blocks=2))
    grown = RestorationObjective(deeper, data, init=file).network().state_dict()
    assert all(torch.equal(grown[key], value) for key, value in stored.state.items()) and len(grown) > len(stored.state)
    wider = replace(config, model=replace(config.model, expansion=2.0))
    with pytest.raises(ResumeError, match=r"last\.safetensors"):
        RestorationObjective(wider, data, init=file)


def test_cards_of_earlier_versions_count_as_one_part() -> None:
    assert earlier_parts({"name": "old", "steps": 400}) == [{"config": "old", "steps": 400}]
    assert earlier_parts({"name": "published"}) == []
    assert earlier_parts({"history": "damaged", "steps": "many"}) == []


def test_losses_are_l1_or_psnr_and_the_spectral_term_is_added() -> None:
    torch.manual_seed(0)
    a, b = torch.rand(2, 2, 3, 8, 8)
    plain = restoration_loss(a, b)
    assert plain.item() == pytest.approx((a - b).abs().mean().item(), rel=1e-6)
    spectrum = torch.fft.rfft2((a - b).double()) / 8
    expected = plain + 0.5 * (spectrum.real.abs() + spectrum.imag.abs()).mean()
    assert restoration_loss(a, b, 0.5).item() == pytest.approx(expected.item(), rel=1e-5)
    decibels = [psnr(x.numpy(), y.numpy()) for x, y in zip(a, b, strict=True)]
    assert -10 * restoration_loss(a, b, name="psnr").item() == pytest.approx(sum(decibels) / 2, abs=1e-3)


def test_the_spectral_term_applies_to_selected_samples() -> None:
    torch.manual_seed(1)
    a, b = torch.rand(2, 4, 3, 8, 8)
    chosen = torch.tensor([True, False, False, True])
    spectral = [
        restoration_loss(x[None], y[None], 1.0) - restoration_loss(x[None], y[None]) for x, y in zip(a, b, strict=True)
    ]
    expected = restoration_loss(a, b) + 2.0 * (spectral[0] + spectral[3]) / 4
    assert restoration_loss(a, b, 2.0, spectral=chosen).item() == pytest.approx(expected.item(), rel=1e-5)


def test_the_spectral_term_applies_to_configured_families(config: TrainingConfig, data: Path) -> None:
    def loss(key: str, **changes: object) -> float:
        objective = RestorationObjective(replace(config, **changes), data)
        torch.manual_seed(2)
        network = objective.network().eval()
        clean = torch.rand(2, 3, 32, 32)
        return objective.loss(network, (0.5 * clean, clean, torch.full((2,), KEYS.index(key)))).item()

    for key, counted in (("blur", True), ("noise25", False)):
        plain, some = loss(key), loss(key, frequency_loss=4.0, frequency_families=("blur",))
        assert (some > plain) is counted
        assert some == pytest.approx(loss(key, frequency_loss=4.0) if counted else plain, rel=1e-6)


def test_a_bound_keeps_one_wild_output_from_deciding_the_spectral_term() -> None:
    torch.manual_seed(3)
    clean = torch.rand(3, 3, 16, 16)
    errors = torch.randn(3, 3, 16, 16) * torch.tensor([0.01, 0.05, 500.0])[:, None, None, None]
    output = (clean + errors).requires_grad_()
    spectrum = torch.fft.rfft2(errors.double(), norm="ortho")
    distances = (spectrum.real.abs() + spectrum.imag.abs()).mean(dim=(1, 2, 3))

    def term(bound: float) -> torch.Tensor:
        return restoration_loss(output, clean, 4.0, frequency_bound=bound) - restoration_loss(output, clean)

    bounded = [distances[0], distances[1], 0.2 * (1 + (distances[2] / 0.2).log())]
    assert term(0.2).item() == pytest.approx(4 * sum(bounded).item() / 3, rel=1e-3)
    assert (
        term(1e6).item() == pytest.approx(term(0).item(), rel=1e-5) == pytest.approx(4 * distances.mean().item(), 1e-3)
    )
    (gradient,) = torch.autograd.grad(term(0.2), output)
    norms = gradient.flatten(1).norm(dim=1)
    assert norms[0].item() == pytest.approx(norms[1].item(), rel=0.1)
    assert norms[2] < norms[0] / 500  # 0.2 of its distance of about 560


def test_the_psnr_loss_is_bounded_by_its_ceiling() -> None:
    clean = torch.full((1, 3, 4, 4), 0.5)

    def counted(error: float, **ceiling: float) -> float:
        return -10 * restoration_loss(clean + error, clean, name="psnr", **ceiling).item()

    for ceiling in (80, 40):
        assert counted(0, psnr_ceiling=ceiling) == pytest.approx(ceiling)
        assert counted(0.1, psnr_ceiling=ceiling) == pytest.approx(20, abs=0.05)
    assert counted(1e-4) == pytest.approx(77, abs=0.05)  # an error of 80 dB, and as much again from the ceiling
    assert counted(1e-4, psnr_ceiling=40) == pytest.approx(40, abs=0.01)
