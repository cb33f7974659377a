"""The pictures on the canvas, the ways to compare them, and where each part is drawn."""

from dataclasses import dataclass
from enum import StrEnum

from dfpir_gui.i18n.language import translate
from dfpir_gui.widgets.picture import Picture
from dfpir_gui.widgets.viewport import Box, Viewport

FACTORS = (1, 2, 4, 8, 16, 32)
"""Amplifications of the difference."""


class Mode(StrEnum):
    """How before and after are compared."""

    SPLIT = "split"
    SIDE = "side"
    HOLD = "hold"
    DIFFERENCE = "difference"


@dataclass(frozen=True)
class Part:
    """One picture on the canvas, or the visible part of it.

    Attributes:
        pane: the rectangle of its pane on the canvas, device pixels.
        clip: the part of the pane that the picture may cover, device pixels of the pane.
        picture: the picture.
        label: its label, or empty.
        label_at_right: whether the label is in the right corner.
        compared_with: for the difference, the picture to subtract.
    """

    pane: Box
    clip: Box
    picture: Picture
    label: str
    label_at_right: bool = False
    compared_with: Picture | None = None


class Scene:
    """A photo, its restoration, and how the two are compared.

    Attributes:
        before: the photo, or None.
        after: its restoration, or None.
        reference: another restoration shown instead of the photo, or None.
        names: labels of the two sides; None for Before and After.
        mode: how they are compared when there are two.
        original_shown: whether the original temporarily replaces the restoration.
        factor: amplification of the difference, one of :data:`FACTORS`.
        clipping_shown: whether clipped pixels are marked.
        solo: whether the result fills the canvas instead of the split, so that something can be drawn on it.
    """

    def __init__(self) -> None:
        self.before: Picture | None = None
        self.after: Picture | None = None
        self.reference: Picture | None = None
        self.names: tuple[str, str] | None = None
        self.mode = Mode.SPLIT
        self.original_shown = False
        self.factor = 4
        self.clipping_shown = False
        self.solo = False

    @property
    def left(self) -> Picture | None:
        """The picture on the left: the reference if there is one, else the photo."""
        return self.reference or self.before

    @property
    def pictures(self) -> list[Picture]:
        """The compared pictures from left to right: none, one or two."""
        return [picture for picture in (self.left, self.after) if picture is not None]

    @property
    def split_shown(self) -> bool:
        """Whether a split between before and after is shown."""
        return self.after is not None and not self.original_shown and self.mode is Mode.SPLIT and not self.solo

    def amplify(self, steps: int) -> None:
        """Move ``steps`` places along :data:`FACTORS`, clipped to its ends."""
        index = FACTORS.index(self.factor) + steps
        self.factor = FACTORS[min(max(index, 0), len(FACTORS) - 1)]

    def panes(self, width: int, height: int, gap: int) -> tuple[Box, ...]:
        """Divide a canvas into panes of equal size: two for side by side, else one.

        Args:
            width: of the canvas, device pixels.
            height: of the canvas, device pixels.
            gap: between two panes, device pixels.
        """
        if self.mode is not Mode.SIDE or self.after is None or width < 2 + gap:
            return (Box(0, 0, width, height),)
        half = (width - gap) // 2
        return Box(0, 0, half, height), Box(half + gap, 0, 2 * half + gap, height)

    def parts(self, viewport: Viewport, panes: tuple[Box, ...]) -> list[Part]:
        """Return the parts to draw.

        Args:
            viewport: zoom and position, the same in all panes.
            panes: from :meth:`panes`.
        """
        left = self.left
        if left is None or self.before is None:
            return []
        whole = viewport.visible
        before, after = self.names or (translate("Canvas", "Before"), translate("Canvas", "After"))
        if self.after is None:
            return [Part(panes[0], whole, left, "")]
        if len(panes) == 2:
            shown, name = (self.before, translate("Canvas", "Original")) if self.original_shown else (self.after, after)
            return [Part(panes[0], whole, left, before), Part(panes[1], whole, shown, name, label_at_right=True)]
        if self.original_shown:
            return [Part(panes[0], whole, self.before, translate("Canvas", "Original"))]
        if self.mode is Mode.HOLD or (self.solo and self.mode is Mode.SPLIT):
            return [Part(panes[0], whole, self.after, after, label_at_right=True)]
        if self.mode is Mode.DIFFERENCE:
            return [Part(panes[0], whole, self.after, translate("Canvas", "Difference"), compared_with=left)]
        column = viewport.split_column
        return [
            Part(panes[0], Box(whole.left, whole.top, column, whole.bottom), left, before),
            Part(panes[0], Box(column, whole.top, whole.right, whole.bottom), self.after, after, label_at_right=True),
        ]
