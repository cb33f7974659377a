"""Adam or AdamW, optionally with Muon for the matrices of convolutions, as one optimiser."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from training.engine.config import Optimiser, RunSettings
from training.engine.muon import Muon

StateDict = dict[str, Any]


class Rates:
    """Learning rates by step, as shares of the peak rates of :class:`training.engine.config.Optimiser`.

    The run starts with a linear warm-up. Each stage with an ``lr`` starts a new cosine, or a constant rate, that lasts
    until the next such stage.
    """

    def __init__(self, settings: RunSettings) -> None:
        self._optimiser = optimiser = settings.optimiser
        self._pieces: list[tuple[int, int, float, str]] = []  # first step, last step + 1, peak lr, form
        begin = 0
        for stage in settings.stages:
            end = begin + stage.steps
            if stage.lr is None and self._pieces:
                first, _, peak, form = self._pieces.pop()
                self._pieces.append((first, end, peak, form))
            else:
                self._pieces.append((begin, end, stage.lr or optimiser.lr, stage.schedule or optimiser.schedule))
            begin = end

    def share(self, step: int) -> float:
        """Share of the optimiser's ``lr`` at step ``step`` (from 0)."""
        optimiser = self._optimiser
        first, end, peak, form = next((piece for piece in self._pieces if step < piece[1]), self._pieces[-1])
        warmup = optimiser.warmup if first == 0 else 0
        if step < warmup:
            rate = peak * (step + 1) / warmup
        elif form == "constant":
            rate = peak
        else:
            progress = min((step - first - warmup) / max(end - first - warmup, 1), 1.0)
            least = min(optimiser.min_lr, peak)
            rate = least + (peak - least) * 0.5 * (1 + math.cos(math.pi * progress))
        return rate / optimiser.lr


class Optimisers:
    """Both optimisers of a run, stepped together.

    Muon orthogonalises the update of matrices (Jordan et al., 2024). It takes 2-D parameters, so each dense convolution
    weight (O, I, k, k) is passed as a view (O, k*k*I) of the same memory. The stem, the head, depthwise convolutions,
    vectors and the DGM use Adam.

    Args:
        model: on its device and in channels-last memory format; moving it later would separate weights from views.
        settings: rates and decays.
        scaler: of the loss, for float16; None for a disabled one.
    """

    def __init__(self, model: nn.Module, settings: Optimiser, scaler: torch.amp.GradScaler | None = None) -> None:
        self.settings = settings
        self.scaler = scaler or torch.amp.GradScaler("cpu", enabled=False)
        self._views: list[tuple[nn.Parameter, nn.Parameter]] = []
        self._rest: list[nn.Parameter] = []
        for name, parameter in model.named_parameters():
            if settings.muon_lr > 0 and _is_matrix(name, parameter):
                self._views.append((parameter, nn.Parameter(_matrix(parameter.data))))
            else:
                self._rest.append(parameter)
        adam = torch.optim.AdamW if settings.kind == "adamw" else torch.optim.Adam
        self.adam = adam(self._rest, settings.lr, settings.betas, weight_decay=settings.weight_decay, fused=True)
        self.muon = (
            Muon([view for _, view in self._views], settings.muon_lr, settings.weight_decay) if self._views else None
        )

    def collect(self) -> Tensor:
        """After the backward pass: bring the gradients to their true scale and clip them together.

        Returns:
            () float32, the norm of the whole gradient before clipping; not finite if the gradient is not.
        """
        for parameter, view in self._views:
            if parameter.data_ptr() != view.data_ptr():
                raise RuntimeError("a weight was moved after its optimiser was made")
            view.grad = None if parameter.grad is None else parameter.grad.permute(0, 2, 3, 1).flatten(1)
        for optimiser in self._all():
            self.scaler.unscale_(optimiser)
        weights = self._rest + [view for _, view in self._views]
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        norm = nn.utils.get_total_norm(gradients)
        if self.settings.clip:
            nn.utils.clip_grads_with_norm_(weights, self.settings.clip, norm)
        return norm

    def step(self, share: float) -> None:
        """Update the weights from the collected gradients at ``share`` of the peak rates, then clear the gradients."""
        for optimiser, peak in ((self.adam, self.settings.lr), (self.muon, self.settings.muon_lr)):
            if optimiser is not None:
                for group in optimiser.param_groups:
                    group["lr"] = peak * share
                self.scaler.step(optimiser)
        self.scaler.update()
        self.clear()

    def clear(self) -> None:
        """Clear the gradients."""
        for optimiser in self._all():
            optimiser.zero_grad()
        for parameter, _ in self._views:
            parameter.grad = None

    def state_dict(self) -> StateDict:
        """State of both and of the scaler, for :meth:`load_state_dict`."""
        return {
            "adam": self.adam.state_dict(),
            "muon": self.muon and self.muon.state_dict(),
            "scaler": self.scaler.state_dict(),
        }

    def load_state_dict(self, state: StateDict) -> None:
        """Restore the result of :meth:`state_dict`."""
        self.adam.load_state_dict(state["adam"])
        if self.muon is not None:
            self.muon.load_state_dict(state["muon"])
        if self.scaler.is_enabled():
            self.scaler.load_state_dict(state["scaler"])

    def _all(self) -> list[torch.optim.Optimizer]:
        return [self.adam] if self.muon is None else [self.adam, self.muon]


def _matrix(weight: Tensor) -> Tensor:
    # (O, I, k, k) in channels-last memory -> (O, k*k*I), the same memory.
    return weight.permute(0, 2, 3, 1).view(weight.shape[0], -1)


def _is_matrix(name: str, parameter: nn.Parameter) -> bool:
    dense = parameter.ndim == 4 and parameter.shape[1] > 1
    return dense and name.partition(".")[0] not in ("stem", "head")
