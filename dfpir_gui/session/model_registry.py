"""The models that can be used: built-in ones and files that the user added, each verified before use."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core import checkpoints
from core.checkpoints.builtin import built_in_models
from core.degradations import KEYS
from core.errors import CheckpointError, DFPIRError
from core.io.sizes import size_text
from core.progress import CancelToken
from core.prompts.preparing import prepare_prompts, prompts_ready
from dfpir_gui.i18n.language import listed, listed_clauses, tr, translate, translated
from dfpir_gui.i18n.messages import translated_message
from dfpir_gui.i18n.names import label
from dfpir_gui.session.notices import notice_from_error
from dfpir_gui.session.session import Session
from dfpir_gui.settings.settings import Settings
from dfpir_gui.workers.worker_thread import Progress, Report

_MAX_TITLE, _MAX_NAME, _MAX_TEXT = 60, 200, 2000
"""Lengths in characters: a file may contain anything, and the card is laid out on the main thread."""

_MAX_DETAILS = 40

_FIGURES = ("pictures", "input_psnr", "psnr", "input_ssim", "ssim")

_TITLES = {
    "command": tr("Command"),
    "data": tr("Data"),
    "description": tr("Description"),
    "device": tr("Device"),
    "figures": tr("Figures"),
    "history": tr("History"),
    "licence": tr("Licence"),
    "order": tr("Order of channels"),
    "precision": tr("Precision"),
    "prompts": tr("About the prompts"),
    "protocol": tr("Protocol"),
    "samples": tr("Samples"),
    "source": tr("Source"),
    "steps": tr("Training steps"),
    "synthesis": tr("Synthesis"),
}
"""Titles of the usual entries of model cards; a card may have others."""


_CARD_TEXTS = (
    tr("Compact DFPIR for laptops: one model for noise, rain, haze, motion blur and low light."),
    tr("BSDS500 train, less the backgrounds of Rain100L test: 133 clean photos, research use"),
    tr("Rain100L train: 200 rain pairs, research use; the clean sides are BSDS500 test"),
    tr("LOL v1 our485: 96 pairs, research use"),
    tr("SICE: 38 pairs of 46, CC BY-NC 4.0"),
    tr("RESIDE SOTS-indoor: 40 clean rooms with depth, academic use"),
    tr("Middlebury stereo: 5 rooms with depth, research use; Cityscapes: 3 streets with depth, non-commercial"),
    tr("PolyU real noise: 40 pairs of 50; CC (Nam): 39 pairs of 50; non-commercial"),
    tr("GoPro: 2 pairs of 4; REDS: 3 scenes of 5; research use"),
    tr(
        "sun and haze, Waterloo, DPST photographs and ImageNet stills: 174 clean photos, non-commercial research; "
        "desktop wallpapers: 69, free licences"
    ),
    tr(
        "camera-shake kernels levin1-3 and levin5-7 (Levin et al. 2009), motion1-2 (DPIR, MIT), 37 estimated kernels; "
        "a gyro trace (Vladiant, MIT)"
    ),
    tr("the first eleven stages were trained on all 50 pairs of PolyU"),
    tr(
        "The training pictures are for research use (see data): use these weights only for research and private "
        "photographs."
    ),
)
"""Texts in the card of the built-in model, which are translated; those of other models are shown as they are."""

_TEST_SETS = {"cbsd68": "CBSD68", "lol": "LOL", "rain100l": "Rain100L", "sots_indoor": "SOTS indoor"}
"""Keys of test sets in cards -> their names."""


@dataclass(frozen=True)
class ModelEntry:
    """One model.

    Attributes:
        key: name of a built-in model, or path of the file.
        path: the file.
        built_in: whether it ships with the program.
        name: for people.
        family: ``"DFPIR"``, or the architecture of another restorer; empty before the file was read.
        about: what it is for; empty if its card does not say.
        figures: rows of its quality table: test set, number of photos, PSNR before and after, SSIM before and after.
        data: what it was trained with, one line each.
        licence: what it may be used for.
        details: pairs of title and text about the file, e.g. ``("Parameters", "6.8 M")``.
        background: such pairs about the training, which few people need.
        needs_prompts: whether it has no prompt embeddings and none are prepared.
        error: why it cannot be used; empty if it can.
    """

    key: str
    path: Path
    built_in: bool
    name: str
    family: str = ""
    about: str = ""
    figures: tuple[tuple[str, ...], ...] = ()
    data: tuple[str, ...] = ()
    licence: str = ""
    details: tuple[tuple[str, str], ...] = ()
    background: tuple[tuple[str, str], ...] = ()
    needs_prompts: bool = False
    error: str = ""

    @property
    def is_dfpir(self) -> bool:
        """Whether it restores by steps; models of other families do the one thing that they were trained for."""
        return self.family == "DFPIR"


class ModelRegistry(QObject):
    """The list of models. Files are read on the network thread.

    Attributes:
        changed: a model was added, removed, or read.
        preparing: the progress of preparing prompt embeddings, or None when that ends.
        prepared: prompt embeddings were prepared.
    """

    changed = Signal()
    preparing = Signal(object)
    prepared = Signal()

    def __init__(self, session: Session, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._settings = settings
        self._read: dict[str, ModelEntry] = {}
        self._requested: set[str] = set()
        self._preparing: CancelToken | None = None

    @property
    def entries(self) -> tuple[ModelEntry, ...]:
        """All models, the built-in ones first; those that were not read yet have no family."""
        built_in = [ModelEntry(name, path, True, name) for name, path in built_in_models().items()]
        added = [ModelEntry(str(path), path, False, path.stem) for path in self._settings.models]
        return tuple(self._read.get(entry.key, entry) for entry in (*built_in, *added))

    def read_new(self) -> None:
        """Read the models that were not read yet."""
        for entry in self.entries:
            if not entry.family and not entry.error and entry.key not in self._requested:
                self._request(entry)

    def add(self, paths: Iterable[Path]) -> None:
        """Add files to the list. Each is verified; the entry of one that cannot be used has an error."""
        known = self._settings.models
        new = [path.absolute() for path in paths]
        self._settings.models = [*known, *(path for path in dict.fromkeys(new) if path not in known)]
        for path in new:
            self._forget(str(path))
        self.changed.emit()
        self.read_new()

    def remove(self, entry: ModelEntry) -> None:
        """Remove an added model from the list; its file is not deleted."""
        if entry.built_in:
            return
        self._settings.models = [path for path in self._settings.models if str(path) != entry.key]
        self._forget(entry.key)
        self.changed.emit()

    def prepare(self) -> None:
        """Prepare the prompt embeddings that published checkpoints lack. Downloads the text encoder if necessary."""
        phase = translate("Models", "Preparing prompts")

        def work(report: Report, cancel: CancelToken) -> None:
            report(Progress(phase, 0.0))
            prepare_prompts(lambda share: report(Progress(phase, share)), cancel)

        self.preparing.emit(Progress(phase, 0.0))
        self._preparing = self._session.submit(
            work, lambda nothing: self._on_prepared(None), self._on_prepared, self.preparing.emit
        )

    @property
    def is_preparing(self) -> bool:
        """Whether prompt embeddings are being prepared."""
        return self._preparing is not None

    def stop_preparing(self) -> None:
        """Cancel the preparation of prompt embeddings, with the download."""
        if self._preparing is not None:
            self._preparing.cancel()

    def _on_prepared(self, error: BaseException | None) -> None:
        self._preparing = None
        self.preparing.emit(None)
        if error is None:
            for key in [key for key, entry in self._read.items() if entry.needs_prompts]:
                self._forget(key)
            self.read_new()
            self.prepared.emit()
        else:
            self._session.show_notice(notice_from_error(error, translate("Models", "preparing the prompts")))
        self.changed.emit()

    def _request(self, entry: ModelEntry) -> None:
        self._requested.add(entry.key)

        def take(read: ModelEntry) -> None:
            if entry.key in self._requested:
                self._read[entry.key] = read
                self.changed.emit()

        self._session.submit(
            lambda report, cancel: read_model_entry(entry), take, lambda error: take(_unusable(entry, error))
        )

    def _forget(self, key: str) -> None:
        self._read.pop(key, None)
        self._requested.discard(key)


def read_model_entry(entry: ModelEntry) -> ModelEntry:
    """Read the file of ``entry`` and return the complete entry, with an error if it cannot be used."""
    try:
        checkpoint = checkpoints.load_checkpoint(entry.path)
    except CheckpointError as error:
        return _read_external(entry, error)
    try:
        network = checkpoint.build()
    except DFPIRError as error:
        return _unusable(entry, error)
    prompts, card = checkpoint.prompts, checkpoint.card
    needs_prompts = not prompts.prompts and not prompts_ready()
    names = listed(map(_prompt_name, prompts.names))
    details = {
        translate("Models", "Kind"): translate("Models", "published checkpoint")
        if checkpoint.kind == "published"
        else translate("Models", "DFPIR Studio's own format"),
        translate("Models", "Parameters"): _millions(sum(weight.numel() for weight in network.parameters())),
        translate("Models", "Prompts"): names or translate("Models", "none in the file"),
        translate("Models", "SHA-256"): checkpoint.sha256[:16],
    }
    figures = _figures(card.get("figures"))
    shown = {"name", "description", "licence", "data", *(("figures",) if figures else ())}
    background = [
        (_title(str(key)), _text(value))
        for key, value in sorted(card.items(), key=lambda item: (item[0] == "command", item[0]))
        if key not in shown
    ]
    return ModelEntry(
        entry.key,
        entry.path,
        entry.built_in,
        shorten(checkpoint.name, _MAX_NAME),
        "DFPIR",
        about=shorten(_card_text(card.get("description", ""))),
        figures=figures,
        data=_lines(card.get("data", ())),
        licence=shorten(_card_text(card.get("licence", ""))),
        details=_details(entry, details),
        background=_limited(background),
        needs_prompts=needs_prompts,
    )


def _read_external(entry: ModelEntry, refusal: CheckpointError) -> ModelEntry:
    """Read a file that is no DFPIR checkpoint as a model of another family."""
    if not entry.path.is_file():
        return _unusable(entry, refusal)
    from core.inference.external import ExternalRestorer

    try:
        restorer = ExternalRestorer(entry.path, device="cpu")
    except CheckpointError as error:
        return _unusable(entry, refusal, error)
    details = {
        translate("Models", "Kind"): restorer.architecture,
        translate("Models", "Parameters"): _millions(restorer.parameters),
    }
    name = shorten(restorer.model_name, _MAX_NAME)
    return ModelEntry(entry.key, entry.path, False, name, restorer.architecture, details=_details(entry, details))


def _details(entry: ModelEntry, details: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Pairs of title and text about the file, limited in number and length, with its size and path."""
    size = size_text(entry.path.stat().st_size)
    return (
        *_limited(details.items()),
        (translate("Models", "Size"), size),
        (translate("Models", "File"), str(entry.path)),
    )


def _limited(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((shorten(title, _MAX_TITLE), shorten(text)) for title, text in list(pairs)[:_MAX_DETAILS])


def _lines(value: object) -> tuple[str, ...]:
    """The entries of a list in a card, or its text as the only one."""
    entries = value if isinstance(value, list | tuple) else [value] if value else []
    return tuple(shorten(_card_text(entry)) for entry in entries[:_MAX_DETAILS])


def _figures(value: object) -> tuple[tuple[str, ...], ...]:
    """The rows of the quality table; none if the card has none, or in another form."""
    rows = []
    for name, entry in list(value.items())[:_MAX_DETAILS] if isinstance(value, dict) else ():
        numbers = [entry.get(key) for key in _FIGURES] if isinstance(entry, dict) else []
        if not numbers or not all(isinstance(number, int | float) for number in numbers):
            return ()
        forms = ("{:.0f}", "{:.2f}", "{:.2f}", "{:.3f}", "{:.3f}")
        rows.append((shorten(_test_set(str(name)), _MAX_TITLE), *map(str.format, forms, numbers)))
    return tuple(rows)


def _card_text(value: object) -> str:
    text = _text(value)
    return translated(text) if text in _CARD_TEXTS else text


def _prompt_name(key: str) -> str:
    return label(key) if key in KEYS else key


def _test_set(key: str) -> str:
    """Name of a test set, with what is removed from its photos: ``"cbsd68 noise15"`` is "CBSD68 – Noise (σ 15)"."""
    name, _, prompt = key.partition(" ")
    name = _TEST_SETS.get(name, name)
    return f"{name} – {label(prompt)}" if prompt in KEYS else " ".join(filter(None, (name, prompt)))


def _unusable(entry: ModelEntry, *errors: BaseException) -> ModelEntry:
    texts = [
        translated_message(error.message) if isinstance(error, DFPIRError) else str(error) or type(error).__name__
        for error in errors
    ]
    return ModelEntry(entry.key, entry.path, entry.built_in, entry.name, error="\n\n".join(map(shorten, texts)))


def shorten(text: str, length: int = _MAX_TEXT) -> str:
    """``text``, or if it is longer than ``length`` characters, its beginning and how much was left out."""
    if len(text) <= length:
        return text
    return text[:length] + translate("Models", "… ({count} more characters)").format(count=len(text) - length)


def _title(key: str) -> str:
    return translated(_TITLES[key]) if key in _TITLES else key.replace("_", " ").capitalize()


def _text(value: object) -> str:
    if isinstance(value, dict):
        pair = translate("Models", "{name}: {value}")
        return listed(pair.format(name=key, value=_text(entry)) for key, entry in value.items())
    if isinstance(value, list | tuple):
        return listed_clauses(map(_text, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _millions(count: int) -> str:
    return f"{count / 1e6:.1f} M"
