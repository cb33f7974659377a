"""What lies where on the canvas: the ways to compare a photo with its restoration. Plain arithmetic, no painting."""

from dataclasses import dataclass
from enum import StrEnum

from dfpir_gui.i18n.language import translate
from dfpir_gui.studio.painting import Picture
from dfpir_gui.studio.viewport import Box, Viewport

FACTORS = (1, 2, 4, 8, 16, 32)
"""By how much the difference can be amplified."""


class Mode(StrEnum):
    """How before and after are compared."""

    SPLIT = "split"
    SIDE = "side"
    HOLD = "hold"
    DIFFERENCE = "difference"


@dataclass(frozen=True)
class Part:
    """One picture on the canvas, or the part of it that is shown.

    Attributes:
        pane: where its pane lies on the canvas, device pixels.
        within: the part of the pane that the picture may cover, in device pixels of the pane.
        picture: what is shown there.
        other: what it is compared with pixel by pixel; only for the difference.
        label: its name for people.
        at_right: whether the name belongs into the right corner.
    """

    pane: Box
    within: Box
    picture: Picture
    label: str
    at_right: bool = False
    other: Picture | None = None


class Scene:
    """A photo, what came of it, and how the two are looked at.

    Attributes:
        before: the photo, or None.
        after: its restoration, or None.
        reference: another restoration that stands in the place of the photo, or None.
        names: what the two sides are called; None for Before and After.
        mode: how they are compared, as soon as there are two.
        held: whether the original is shown in place of the restoration for a moment.
        factor: by how much the difference is amplified.
    """

    def __init__(self) -> None:
        self.before: Picture | None = None
        self.after: Picture | None = None
        self.reference: Picture | None = None
        self.names: tuple[str, str] | None = None
        self.mode = Mode.SPLIT
        self.held = False
        self.factor = 4

    @property
    def left(self) -> Picture | None:
        """What stands on the left: the photo, or what it was replaced by."""
        return self.reference or self.before

    @property
    def pictures(self) -> list[Picture]:
        """What is compared, from left to right: none, one or two."""
        return [picture for picture in (self.left, self.after) if picture is not None]

    @property
    def split_shown(self) -> bool:
        """Whether there is a line between before and after."""
        return self.after is not None and not self.held and self.mode is Mode.SPLIT

    @property
    def difference_shown(self) -> bool:
        """Whether the difference is in sight."""
        return self.after is not None and not self.held and self.mode is Mode.DIFFERENCE

    def amplify(self, steps: int) -> None:
        """Choose a larger factor, or for negative ``steps`` a smaller one, as far as there are any."""
        at = FACTORS.index(self.factor) + steps
        self.factor = FACTORS[min(max(at, 0), len(FACTORS) - 1)]

    def panes(self, width: int, height: int, gap: int) -> tuple[Box, ...]:
        """Divide a canvas into panes of equal size: two when side by side, else one.

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
        """Return what is to be painted.

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
            shown, name = (self.before, translate("Canvas", "Original")) if self.held else (self.after, after)
            return [Part(panes[0], whole, left, before), Part(panes[1], whole, shown, name, at_right=True)]
        if self.held:
            return [Part(panes[0], whole, self.before, translate("Canvas", "Original"))]
        if self.mode is Mode.HOLD:
            return [Part(panes[0], whole, self.after, after, at_right=True)]
        if self.mode is Mode.DIFFERENCE:
            return [Part(panes[0], whole, self.after, translate("Canvas", "Difference"), other=left)]
        column = viewport.split_column
        return [
            Part(panes[0], Box(whole.left, whole.top, column, whole.bottom), left, before),
            Part(panes[0], Box(column, whole.top, whole.right, whole.bottom), self.after, after, at_right=True),
        ]
