"""The tab Clusters: clusters of a folder's degradations before and after the latent DGPB."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pyqtgraph as pg
from matplotlib import colormaps
from matplotlib.colors import to_hex
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton

from core.inspection import Clusters, Inspector, Region, Sample, clusters_of
from core.inspection.charts import WHERE_LABELS, cluster_clouds, folder_subtitle, score
from core.inspection.folder import labelled, pictures_in
from core.messages import Message
from core.progress import CancelToken
from dfpir_gui.i18n.language import listed_clauses, tr, translated
from dfpir_gui.i18n.messages import translated_message
from dfpir_gui.inspector.card import ask_folder
from dfpir_gui.inspector.inspection_runner import InspectionRunner
from dfpir_gui.inspector.inspection_target import InspectionTarget, ModelInfo
from dfpir_gui.inspector.panel import Panel, line
from dfpir_gui.inspector.plots import SMALL, Plot, prompt_name
from dfpir_gui.settings import theme
from dfpir_gui.widgets.headings import VanishingLabel
from dfpir_gui.workers.worker_thread import Progress, Report

NO_FOLDER = tr(
    "Choose a folder with photos of several degradations. The degradation of a photo is taken from its name or its "
    "folder (haze.jpg, haze/beach.jpg), else detected."
)
_THUMBNAIL = 96
_LONGEST = 256
_HEIGHT, _NARROWEST = 280, 232
"""Height of an embedding, and the width that its texts need, in logical pixels."""

_HOVER = 12
"""Distance in logical pixels within which the mouse points at a dot."""


@dataclass(frozen=True, eq=False)
class FolderClusters:
    """The clusters of a folder.

    Attributes:
        clusters: the embeddings.
        thumbnails: one for each sample, (h, w, 3) uint8.
        left_out: names of omitted pictures with the reasons.
        folder: name of the folder.
        control: key of the prompt.
    """

    clusters: Clusters
    thumbnails: tuple[NDArray[np.uint8], ...]
    left_out: tuple[tuple[str, Message], ...]
    folder: str
    control: str


class ClustersPanel(Panel):
    """Three embeddings, with a thumbnail of the picture that the mouse points at.

    Attributes:
        thumbnail: that picture.
        status: progress, or the omitted pictures.
    """

    needs_photo = False

    def __init__(self, runner: InspectionRunner) -> None:
        super().__init__(runner)
        self.choose = QPushButton(self.tr("Choose folder…"))
        self.choose.clicked.connect(lambda: ask_folder(self, self.tr("Folder of photos"), self.find_clusters))
        self.stop = QPushButton(self.tr("Stop"))
        self.stop.setEnabled(False)
        self.stop.clicked.connect(lambda: self.runner.stop(_KIND))
        self.bar = QProgressBar(maximum=100, textVisible=False)
        self.bar.setFixedWidth(20 * theme.GRID)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.bar.hide()
        self.layout_.addWidget(line(self.choose, self.stop, self.bar))
        self.status = VanishingLabel()
        self.status.setContentsMargins(2 * theme.GRID, 0, 2 * theme.GRID, 0)
        self.layout_.addWidget(self.status)
        self.card = self.add_card(self.tr("Clusters"), _HEIGHT)
        self.legend = QLabel(textFormat=Qt.TextFormat.RichText, alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self.thumbnail = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.thumbnail.setFixedHeight(_THUMBNAIL + theme.GRID)
        self.thumbnail.setAccessibleName(self.tr("Picture under the mouse"))
        for widget in (self.legend, self.thumbnail):
            self.card.add_below_plots(widget)
        self.layout_.addStretch(1)
        self.card.plots.scene().sigMouseMoved.connect(self._on_move)
        self._model_info: ModelInfo | None = None
        self._columns = 3
        self._control = ""
        self._model = ""
        self._result: FolderClusters | None = None

    def fill(self, model_info: ModelInfo, target: InspectionTarget) -> None:
        """Show the clusters that were computed last, if they are of this model."""
        if model_info.model != self._model:
            self.runner.discard(_KIND)
            self._result, self._model = None, model_info.model
        self._model_info, self._control = model_info, target.first
        self._draw()

    def find_clusters(self, folder: Path) -> None:
        """Compute the clusters of a folder in the background."""
        model_info, control = self._model_info, self._control
        if model_info is None:
            return
        self._result = None
        self._draw()
        self.stop.setEnabled(True)
        self.bar.show()

        def work(inspector: Inspector, report: Report, cancel: CancelToken) -> FolderClusters:
            files = pictures_in(folder)
            phase = self.tr("Picture {number} of {count}")
            thumbnails: list[NDArray[np.uint8]] = []
            left_out: list[tuple[str, Message]] = []

            def pictures() -> Iterator[tuple[Sample, Region]]:
                for sample, region in labelled(
                    files,
                    self.runner.detect_steps,
                    known=model_info.prompts,
                    longest=_LONGEST,
                    left_out=lambda file, reason: left_out.append((file.name, reason)),
                    cancel=cancel,
                ):
                    thumbnails.append(_reduced(region.pixels))
                    yield sample, region
                    done = len(thumbnails) + len(left_out)
                    report(Progress(phase.format(number=done, count=len(files)), 0.9 * done / len(files)))

            pooled = inspector.latent_features(pictures(), control, cancel=cancel)
            report(Progress(self.tr("Computing t-SNE"), 0.9))
            return FolderClusters(
                clusters_of(pooled, cancel=cancel), tuple(thumbnails), tuple(left_out), folder.name, control
            )

        self.runner.run(_KIND, work, self._on_result, ended=self._on_ended, progress=self._on_progress)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - Qt's
        super().resizeEvent(event)
        columns = min(max((self.width() - 6 * theme.GRID) // _NARROWEST, 1), 3)
        if columns != self._columns:
            self._columns = columns
            if self._result is not None:
                self._draw()

    def point_at(self, number: int | None) -> None:
        """Show the thumbnail of a sample, or no thumbnail."""
        if self._result is None or number is None:
            self.thumbnail.clear()
            self.card.note.setText("" if self._result is None else translated(_HINT))
            return
        pixels = np.ascontiguousarray(self._result.thumbnails[number])
        height, width = pixels.shape[:2]
        image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        self.thumbnail.setPixmap(QPixmap.fromImage(image))
        sample = self._result.clusters.samples[number]
        text = self.tr("{name}: {degradation}")
        self.card.note.setText(text.format(name=sample.name, degradation=prompt_name(sample.label)))

    def _on_result(self, result: FolderClusters) -> None:
        self._result = result
        self._draw()

    def _on_ended(self) -> None:
        self.stop.setEnabled(False)
        self.bar.hide()
        self.status.setText(self._left_out())

    def _on_progress(self, progress: Progress) -> None:
        self.status.setText(progress.phase)
        self.bar.setValue(round(100 * (progress.fraction or 0)))

    def _left_out(self) -> str:
        if self._result is None or not self._result.left_out:
            return ""
        pattern = self.tr("{name}: {reason}")
        left_out = (
            pattern.format(name=name, reason=translated_message(reason)) for name, reason in self._result.left_out
        )
        return self.tr("Left out – {names}").format(names=listed_clauses(left_out))

    def _draw(self) -> None:
        self.point_at(None)
        if self._result is None:
            self.card.show_message(NO_FOLDER)
            return
        clusters = self._result.clusters
        labels = [sample.label for sample in clusters.samples]
        kinds = sorted(set(labels))
        # Below the plots, since inside it would cover dots.
        squares = (
            f'<span style="color: {to_hex(colormaps["tab10"](n))}">■</span> {prompt_name(kind)}'
            for n, kind in enumerate(kinds)
        )
        self.legend.setText("&nbsp;&nbsp; ".join(squares))
        self.card.start_drawing()
        self._scatters: list[Plot] = []
        columns = self._columns
        self.card.plots.share_width(columns, -(-len(clusters.clouds) // columns), lambda _: _HEIGHT)
        for place, (where, cloud) in enumerate(clusters.clouds.items()):
            row, column = divmod(place, columns)
            plot = self.card.plots.plot_at(row, column, translated_message(WHERE_LABELS[where]), sides=("bottom",))
            scores = self.tr("silhouette: features {features}, plot {points}").format(
                features=translated_message(score(cloud.in_features)),
                points=translated_message(score(cloud.in_points)),
            )
            plot.name_axis("bottom", scores, font_size=SMALL)
            plot.view.invertY(False)  # as in the exported chart
            plot.axes["bottom"].setTicks([[]])
            for number, kind in enumerate(kinds):
                points = cloud.points[[label == kind for label in labels]]
                colour = tuple(int(255 * part) for part in colormaps["tab10"](number)[:3])
                plot.add(
                    pg.ScatterPlotItem(
                        x=points[:, 0], y=points[:, 1], size=9, brush=pg.mkBrush(colour), pen=pg.mkPen(None), name=kind
                    )
                )
            plot.view.autoRange(padding=0.08)
            self._scatters.append(plot)
        origin = folder_subtitle(self._result.folder, self._model)
        self.card.show_chart(cluster_clouds(clusters, origin), self._result.folder, self._result.control)

    def _on_move(self, at: QPointF) -> None:
        if self._result is not None:
            self.point_at(self._nearest(at))

    def _nearest(self, at: QPointF) -> int | None:
        assert self._result is not None
        for plot, cloud in zip(self._scatters, self._result.clusters.clouds.values(), strict=True):
            box = plot.view
            if box.sceneBoundingRect().contains(at):
                places = [box.mapViewToScene(QPointF(*map(float, point))) for point in cloud.points]
                gaps = [(place - at).manhattanLength() for place in places]
                nearest = int(np.argmin(gaps))
                return nearest if gaps[nearest] <= _HOVER else None
        return None


_KIND = "clusters"
_HINT = tr("Point at a dot to see its picture")


def _reduced(pixels: NDArray[np.float32]) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    factor = min(1.0, _THUMBNAIL / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return (cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).clip(0, 1) * 255 + 0.5).astype(np.uint8)
