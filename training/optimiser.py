"""AdamW, or Muon for the convolutions' matrices and AdamW for the rest, as one optimiser with one schedule."""

import math
from typing import Any

import torch
from torch import nn

from training.config import Optimiser

StateDict = dict[str, Any]


class Optimisers:
    """Both optimisers of a run, stepped together.

    Muon orthogonalises the update of matrices (Jordan et al., 2024). ``torch.optim.Muon`` takes 2-D parameters, so
    each dense convolution weight (O, I, k, k) is handed over as a view (O, k*k*I) of the same memory. The stem, the
    head, depthwise convolutions, vectors and the DGM stay with AdamW.

    Args:
        model: already on its device and in channels-last memory format: moving it later would part weights from views.
        settings: rates and decays.
        steps: length of the schedule.
    """

    def __init__(self, model: nn.Module, settings: Optimiser, steps: int) -> None:
        self.settings, self.steps = settings, steps
        self._views: list[tuple[nn.Parameter, nn.Parameter]] = []
        rest: list[nn.Parameter] = []
        for name, parameter in model.named_parameters():
            if settings.muon_lr > 0 and _is_matrix(name, parameter):
                self._views.append((parameter, nn.Parameter(_matrix(parameter.data))))
            else:
                rest.append(parameter)
        self.adamw = torch.optim.AdamW(rest, settings.lr, (0.9, 0.999), weight_decay=settings.weight_decay, fused=True)
        self.muon = (
            torch.optim.Muon([view for _, view in self._views], settings.muon_lr, settings.weight_decay)
            if self._views
            else None
        )

    def rate(self, step: int) -> float:
        """Share of the peak learning rate at step ``step``: linear warm-up, then a cosine to zero."""
        warmup = self.settings.warmup
        if step < warmup:
            return (step + 1) / warmup
        return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(self.steps - warmup, 1)))

    def step(self, step: int) -> None:
        """Update the weights from their gradients with the rates of step ``step``, then clear the gradients."""
        rate = self.rate(step)
        for parameter, view in self._views:
            if parameter.data_ptr() != view.data_ptr():
                raise RuntimeError("a weight was moved after its optimiser was made")
            view.grad = None if parameter.grad is None else parameter.grad.permute(0, 2, 3, 1).flatten(1)
        for optimiser, peak in ((self.adamw, self.settings.lr), (self.muon, self.settings.muon_lr)):
            if optimiser is not None:
                for group in optimiser.param_groups:
                    group["lr"] = peak * rate
                optimiser.step()
                optimiser.zero_grad()
        for parameter, _ in self._views:
            parameter.grad = None

    def state_dict(self) -> StateDict:
        """State of both, for :meth:`load_state_dict`."""
        return {"adamw": self.adamw.state_dict(), "muon": self.muon and self.muon.state_dict()}

    def load_state_dict(self, state: StateDict) -> None:
        """Take up the state of an earlier :meth:`state_dict`."""
        self.adamw.load_state_dict(state["adamw"])
        if self.muon is not None:
            self.muon.load_state_dict(state["muon"])


def _matrix(weight: torch.Tensor) -> torch.Tensor:
    # (O, I, k, k) in channels-last memory -> (O, k*k*I), the same memory.
    return weight.permute(0, 2, 3, 1).view(weight.shape[0], -1)


def _is_matrix(name: str, parameter: nn.Parameter) -> bool:
    dense = parameter.ndim == 4 and parameter.shape[1] > 1
    return dense and name.split(".")[0] not in ("stem", "head")
