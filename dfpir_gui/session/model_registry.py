"""The models that can be used: built-in ones and files that were added, each looked at before it is believed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core.checkpoints import load_checkpoint
from core.checkpoints.builtin import built_in_models
from core.errors import CheckpointError, DFPIRError
from core.inference.external import ExternalRestorer
from core.progress import CancelToken
from core.prompts.preparing import prepare_prompts, prompts_ready
from dfpir_gui.i18n.core_words import translated_sentence
from dfpir_gui.i18n.language import tr, translate, translated
from dfpir_gui.session import Session
from dfpir_gui.session.notices import notice_from_error
from dfpir_gui.settings.settings import Settings
from dfpir_gui.workers.worker_thread import Progress, Report


@dataclass(frozen=True)
class ModelEntry:
    """One model.

    Attributes:
        key: name of a built-in model, or path of the file.
        path: the file.
        built_in: whether it ships with the program.
        name: for people.
        family: ``"DFPIR"``, or the architecture of another restorer; empty while it was not looked at.
        details: pairs of what is told about it, e.g. ``("Parameters", "6.8 M")``.
        needs_prompts: whether it carries no prompt embeddings and none are prepared.
        error: why it cannot be used; empty if it can.
    """

    key: str
    path: Path
    built_in: bool
    name: str
    family: str = ""
    details: tuple[tuple[str, str], ...] = field(default=())
    needs_prompts: bool = False
    error: str = ""

    @property
    def is_dfpir(self) -> bool:
        """Whether it restores by steps; others do the one thing that they were trained for."""
        return self.family == "DFPIR"


class ModelRegistry(QObject):
    """Knows the models, adds and removes files, and looks at them on the worker's thread.

    Attributes:
        changed: a model was added, removed, or looked at.
        preparing: the progress of making prompt embeddings, or None when that ends.
        prepared: prompt embeddings have been made.
    """

    changed = Signal()
    preparing = Signal(object)
    prepared = Signal()

    def __init__(self, session: Session, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._settings = settings
        self._seen: dict[str, ModelEntry] = {}
        self._asked: set[str] = set()
        self._token: CancelToken | None = None

    @property
    def entries(self) -> tuple[ModelEntry, ...]:
        """All models, the built-in ones first; those not looked at yet have no family."""
        built_in = [ModelEntry(name, path, True, name) for name, path in built_in_models().items()]
        added = [ModelEntry(str(path), path, False, path.stem) for path in self._settings.models]
        return tuple(self._seen.get(entry.key, entry) for entry in (*built_in, *added))

    def read_new(self) -> None:
        """Look at the models that were not looked at yet."""
        for entry in self.entries:
            if not entry.family and not entry.error and entry.key not in self._asked:
                self._look_at(entry)

    def add(self, paths: Iterable[Path]) -> None:
        """Add files to the models; each is verified, and one that cannot be used says why."""
        known = self._settings.models
        new = [path.absolute() for path in paths]
        self._settings.models = [*known, *(path for path in dict.fromkeys(new) if path not in known)]
        for path in new:
            self._seen.pop(str(path), None)
            self._asked.discard(str(path))
        self.changed.emit()
        self.read_new()

    def remove(self, entry: ModelEntry) -> None:
        """Take an added model off the list; its file stays where it is."""
        if entry.built_in:
            return
        self._settings.models = [path for path in self._settings.models if str(path) != entry.key]
        self._seen.pop(entry.key, None)
        self._asked.discard(entry.key)
        self.changed.emit()

    def prepare(self) -> None:
        """Make the prompt embeddings that published checkpoints lack; the text encoder is downloaded if need be."""
        words = translate("Models", "Preparing prompts")

        def work(report: Report, cancel: CancelToken) -> None:
            report(Progress(words, 0.0))
            prepare_prompts(lambda share: report(Progress(words, share)), cancel)

        self.preparing.emit(Progress(words, 0.0))
        self._token = self._session.submit(work, lambda value: self._prepared(), self._prepared, self.preparing.emit)

    @property
    def is_preparing(self) -> bool:
        """Whether prompt embeddings are being made."""
        return self._token is not None

    def stop_preparing(self) -> None:
        """Stop the download."""
        if self._token is not None:
            self._token.cancel()

    def _prepared(self, error: BaseException | None = None) -> None:
        self._token = None
        self.preparing.emit(None)
        if error is None:
            needing = [key for key, entry in self._seen.items() if entry.needs_prompts]
            for key in needing:
                del self._seen[key]
                self._asked.discard(key)
            self.read_new()
            self.prepared.emit()
        else:
            self._session.show_notice(notice_from_error(error, translate("Models", "preparing the prompts")))
        self.changed.emit()

    def _look_at(self, entry: ModelEntry) -> None:
        self._asked.add(entry.key)

        def take(seen: ModelEntry) -> None:
            if entry.key in self._asked:
                self._seen[entry.key] = seen
                self.changed.emit()

        self._session.submit(
            lambda report, cancel: read_model_entry(entry), take, lambda error: take(_faulty(entry, str(error)))
        )


def read_model_entry(entry: ModelEntry) -> ModelEntry:
    """Read the file of ``entry`` and return what can be told about it; one that cannot be used has a fault."""
    try:
        checkpoint = load_checkpoint(entry.path)
    except CheckpointError as error:
        return _other(entry, error)
    try:
        network = checkpoint.build()
    except DFPIRError as error:
        return _faulty(entry, str(error))
    prompts, card = checkpoint.prompts, checkpoint.card
    needs = not prompts.prompts and not prompts_ready()
    told = {
        translate("Models", "Kind"): translate("Models", "published checkpoint")
        if checkpoint.kind == "published"
        else translate("Models", "DFPIR Studio's own format"),
        translate("Models", "Parameters"): _millions(sum(weight.numel() for weight in network.parameters())),
        translate("Models", "Prompts"): ", ".join(prompts.names) or translate("Models", "none in the file"),
        translate("Models", "SHA-256"): checkpoint.sha256[:16],
        **{_title(str(key)): _told(value) for key, value in card.items() if key != "name"},
    }
    name = cut(checkpoint.name, _LONGEST_NAME)
    return ModelEntry(entry.key, entry.path, entry.built_in, name, "DFPIR", _facts(entry, told), needs)


def _other(entry: ModelEntry, refusal: CheckpointError) -> ModelEntry:
    """What spandrel knows about a file that is no checkpoint of DFPIR."""
    if not entry.path.is_file():
        return _faulty(entry, str(refusal))
    try:
        other = ExternalRestorer(entry.path, device="cpu")
    except CheckpointError as error:
        return _faulty(entry, f"{refusal}\n\n{error}")
    told = {
        translate("Models", "Kind"): other.architecture,
        translate("Models", "Parameters"): _millions(other.parameters),
    }
    name = cut(other.model_name, _LONGEST_NAME)
    return ModelEntry(entry.key, entry.path, False, name, other.architecture, _facts(entry, told))


def _facts(entry: ModelEntry, told: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Pairs for the card, bounded: a file can say whatever it likes, and the card is laid out on the main thread."""
    told = {cut(key, _LONGEST_TITLE): cut(value) for key, value in list(told.items())[:_MOST_FACTS]}
    size = f"{entry.path.stat().st_size / 1e6:.1f} MB"
    return (*told.items(), (translate("Models", "Size"), size), (translate("Models", "File"), str(entry.path)))


def cut(text: str, longest: int = 2000) -> str:
    """``text``, or its beginning and how much is left out."""
    if len(text) <= longest:
        return text
    more = translate("Models", "… ({count} more characters)").format(count=len(text) - longest)
    return text[:longest] + more


_LONGEST_TITLE, _LONGEST_NAME, _MOST_FACTS = 60, 200, 40

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
"""What cards tell; one may tell other things as well."""


def _title(key: str) -> str:
    return translated(_TITLES[key]) if key in _TITLES else key.replace("_", " ").capitalize()


def _faulty(entry: ModelEntry, fault: str) -> ModelEntry:
    return ModelEntry(
        entry.key,
        entry.path,
        entry.built_in,
        entry.name,
        error="\n\n".join(translated_sentence(cut(part)) for part in fault.split("\n\n")[:_MOST_FACTS]),
    )


def _millions(count: int) -> str:
    return f"{count / 1e6:.1f} M"


def _told(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_told(entry)}" for key, entry in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(map(_told, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
