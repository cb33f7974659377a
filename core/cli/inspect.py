"""``dfpir inspect``: inspects the perturbation blocks of a model; writes charts and data into a folder."""

import argparse
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli.options import add_device, add_model, text_encoder
from core.cli.output import error_text, print_line, printable, warn
from core.degradations import DEGRADATIONS, KEYS
from core.errors import DFPIRError, RestorationError
from core.messages import verbatim

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from core.inspection import Attention, Inspector, Region, Sample
    from core.inspection.charts import Album
    from core.messages import Message
    from core.photo import Photo

BLOCKS = {"level1": "level 1", "level2": "level 2", "level3": "level 3", "latent": "latent"}
"""Names of the DGPBs on the command line and in the library."""

Pair = tuple[str, str | None]
"""The prompt of all passes and the one that it is compared with; None if the model has only one prompt."""


def add_parser(commands: Any) -> None:
    """Add the command to ``dfpir``'s parser (an action made by ``ArgumentParser.add_subparsers``)."""
    parser = commands.add_parser(
        "inspect",
        help="inspect a model: channel orders, attention masks, features, ablations",
        description="Write charts (PNG, SVG and PDF), their data (CSV and NPZ) and an HTML page with all charts "
        "(index.html): the channel order of each prompt, the attention entries that are kept, features before and "
        "after the perturbation, and results of ablations.",
    )
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO", help="photos to inspect")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="folder for the charts")
    parser.add_argument(
        "--prompt-pair",
        nargs=2,
        choices=KEYS,
        metavar=("A", "B"),
        help="prompts to compare; the photos are restored with A (default: the degradation detected in the first "
        f"photo, and another): {', '.join(KEYS)}",
    )
    parser.add_argument("--crop", type=_crop, metavar="X,Y,W,H", help="inspect this part only, in pixels of the photo")
    parser.add_argument(
        "--longest",
        type=_longest,
        default=512,
        metavar="PIXELS",
        help="reduce photos and crops that are larger than this (default: %(default)s)",
    )
    parser.add_argument(
        "--blocks", nargs="+", metavar="BLOCK", choices=BLOCKS, help=f"only these: {', '.join(BLOCKS)} (default: all)"
    )
    parser.add_argument("--reference", type=Path, metavar="CLEAN", help="clean picture of the photo, for PSNR")
    parser.add_argument(
        "--folder",
        type=Path,
        metavar="DIR",
        help="folder of photos for clusters and drop rates of attention entries. The degradation of a photo is taken "
        "from its name or its folder (haze.jpg, haze/beach.jpg), else detected",
    )
    parser.add_argument(
        "--figure-width",
        type=_figure_width,
        metavar="MM",
        help="width of the pictures in print, 40 to 1200 mm: 85 for a column of a journal, 180 for its page (default: "
        "as on the screen)",
    )
    parser.add_argument(
        "--dpi", type=_dpi, default=300, metavar="N", help="resolution with --figure-width, 50 to 1200 (default: 300)"
    )
    add_model(parser)
    add_device(parser)
    parser.add_argument("--overwrite", action="store_true", help="replace the charts of an earlier run")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Inspect all photos with one model; the others continue if one fails. Returns the exit code.

    Raises:
        DFPIRError: the model, the device or a folder is unusable, or the folder already has charts.
    """
    if options.reference and len(options.photos) > 1:
        raise RestorationError("--reference applies to one photo, but several were given. Inspect them one by one.")
    from core.inspection import Inspector
    from core.inspection.charts import Album, FigureSize

    inspector = Inspector(options.model, device=options.device, text_encoder=text_encoder(options))
    size = FigureSize(options.figure_width, options.dpi) if options.figure_width else None
    album = Album(options.output, overwrite=options.overwrite, sources=_sources(options), size=size)
    pair = _pair(options, inspector)
    facts = _facts(inspector, pair)
    for fact in facts:
        print_line(fact)
    if inspector.blocks:
        _orders(album, inspector, pair, _selected_blocks(options))
    failed = _photos(album, inspector, pair, options)
    if options.folder and inspector.blocks:
        failed += _folder(album, inspector, pair[0], options)
    print_line(str(album.finish(f"Inspection of {inspector.checkpoint.name}", facts)))
    return 1 if failed else 0


def _sources(options: argparse.Namespace) -> list[Path]:
    """Return all photos from which charts are made."""
    from core.inspection.folder import pictures_in

    sources = [*options.photos, *([options.reference] if options.reference else [])]
    if options.folder:
        with contextlib.suppress(DFPIRError):  # reported when the folder is read
            sources += pictures_in(options.folder)
    return sources


def _pair(options: argparse.Namespace, inspector: "Inspector") -> Pair:
    if options.prompt_pair:
        first, second = options.prompt_pair
        if first == second:
            raise RestorationError(f"Both prompts of the pair are {first}. Name two different ones.")
        return first, second
    families = {entry.key: entry.family for entry in DEGRADATIONS}
    first = next((key for key in _detected(options.photos[0]) if key in inspector.prompts), inspector.prompts[0])
    others = [key for key in inspector.prompts if key != first]
    unlike = [key for key in others if families.get(key) != families.get(first)]
    return first, next(iter(unlike or others), None)


def _detected(file: Path) -> tuple[str, ...]:
    from core.detection import Detector
    from core.photo import Photo

    try:
        return tuple(Detector().detect(Photo.open(file)).likely_steps())
    except DFPIRError:
        return ()  # reported when the photo is inspected


def _facts(inspector: "Inspector", pair: Pair) -> list[str]:
    facts = [
        f"Model: {inspector.checkpoint.name}. Prompt: {pair[0]}"
        + (f", compared with {pair[1]}." if pair[1] else "; it is the only one of this model.")
    ]
    if inspector.blocks:
        facts.append(inspector.origin_of_order)
    else:
        facts.append("This model was built without DGPBs: there are no orders, masks or perturbations to inspect.")
    return facts


def _selected_blocks(options: argparse.Namespace) -> list[str]:
    return [name for option, name in BLOCKS.items() if options.blocks is None or option in options.blocks]


def _orders(album: "Album", inspector: "Inspector", pair: Pair, blocks: list[str]) -> None:
    from core.inspection.charts import correlations, folded, model_subtitle, order_strips, slopes

    first, second = pair
    place = model_subtitle(inspector.checkpoint.name)
    for orders in inspector.orders():
        if orders.block not in blocks:
            continue
        section = f"Channel order: {orders.block}"
        album.add(section, "orders", order_strips(orders, inspector.origin_of_order, place))
        if second is not None:
            album.add(section, "orders", slopes(orders, first, second, place))
            album.add(section, "orders", correlations(orders, place))
            album.add(section, "orders", folded(orders, first, second, place))


def _photos(album: "Album", inspector: "Inspector", pair: Pair, options: argparse.Namespace) -> int:
    """Inspect every photo; returns how many failed."""
    from core.inspection import region_of
    from core.photo import Photo

    failed, names = 0, _Names()
    first: _Seen | None = None
    for file in options.photos:
        try:
            photo = Photo.open(file)
            region = region_of(photo.pixels, options.crop, options.longest)
            print_line(f"{file}: {region.description}")
            group = names.take(file)
            attentions = _blocks(album, inspector, pair, region, group, _selected_blocks(options))
            seen = _Seen(group, region, attentions)
            if first is not None:
                _between_photos(album, inspector, first, seen, pair[0])
            first = first or seen
            _ablations(album, inspector, pair, region, group, _reference(options, photo))
        except DFPIRError as error:
            failed += 1
            warn(error_text(error))
    return failed


class _Names:
    """Folders within the album, one for each photo, also if photos have the same name."""

    def __init__(self) -> None:
        self._taken = {"orders", "folder"}

    def take(self, file: Path) -> str:
        stem = _text(file.stem)
        name, number = stem, 1
        while name.lower() in self._taken:
            number += 1
            name = f"{stem}-{number}"
        self._taken.add(name.lower())
        return name


def _text(name: str) -> str:
    """Return a file name as text for charts and the page, also if its bytes are not valid text."""
    from core.io.os_errors import display_path

    return printable(display_path(Path(name)))


def _blocks(
    album: "Album", inspector: "Inspector", pair: Pair, region: "Region", group: str, blocks: list[str]
) -> "dict[str, Attention]":
    """Draw attention and features of every block, one block at a time; returns the attention."""
    from core.inspection import difference
    from core.inspection.charts import attention_difference, attention_maps, feature_overview, strongest_grid, subtitle

    first, second = pair
    place = subtitle(group, region, first, inspector.checkpoint.name)
    attentions = {}
    for block in inspector.blocks:
        if block.name not in blocks:
            continue
        trace = inspector.trace(region, first, blocks=[block.name]).blocks[block.name]
        if trace.attention is not None:
            attentions[block.name] = trace.attention
            album.add(f"{group}: attention", group, attention_maps(trace.attention, place))
            if second is not None:
                other = inspector.trace(region, second, blocks=[block.name], stages=()).blocks[block.name].attention
                assert other is not None  # the same block has attention under every prompt
                both = subtitle(group, region, None, inspector.checkpoint.name)
                chart = attention_difference(difference(trace.attention, other), first, second, both)
                album.add(f"{group}: attention", group, chart)
        album.add(f"{group}: features", group, feature_overview(trace, place))
        album.add(f"{group}: features", group, strongest_grid(trace, place))
    return attentions


@dataclass(frozen=True, eq=False)
class _Seen:
    """Name, region and attention by block of a photo that was inspected."""

    name: str
    region: "Region"
    attentions: "dict[str, Attention]"


def _between_photos(album: "Album", inspector: "Inspector", first: _Seen, second: _Seen, prompt: str) -> None:
    from core.inspection import difference
    from core.inspection.charts import attention_difference, pair_subtitle

    place = pair_subtitle((first.name, first.region), (second.name, second.region), prompt, inspector.checkpoint.name)
    names = verbatim(first.name), verbatim(second.name)
    for block, attention in first.attentions.items():
        chart = attention_difference(difference(attention, second.attentions[block]), *names, place)
        album.add(f"Attention: {first.name} and {second.name}", f"{first.name}-and-{second.name}", chart)


def _ablations(
    album: "Album",
    inspector: "Inspector",
    pair: Pair,
    region: "Region",
    group: str,
    reference: "NDArray[np.float32] | None",
) -> None:
    from core.inspection import standard_ablations
    from core.inspection.charts import ablation_bars, ablation_pictures, subtitle

    if not inspector.blocks:
        return
    results = inspector.ablations(region, pair[0], standard_ablations(pair[1]), reference)
    place = subtitle(group, region, pair[0], inspector.checkpoint.name)
    for chart in (ablation_bars(results, place), ablation_pictures(results, place)):
        album.add(f"{group}: ablations", group, chart)
    for result in results:
        gain = "" if result.gain is None else f", PSNR {result.psnr:.2f} dB ({result.gain:+.2f})"
        print_line(f"  {result.ablation.label:24} change {result.change:6.2f} levels of 255{gain}")


def _reference(options: argparse.Namespace, photo: "Photo") -> "NDArray[np.float32] | None":
    """Return the region of the clean picture, or None."""
    if options.reference is None:
        return None
    from core.inspection import region_of
    from core.photo import Photo

    clean = Photo.open(options.reference)
    if (clean.width, clean.height) != (photo.width, photo.height):
        raise RestorationError(
            f"{options.reference} has {clean.width}×{clean.height} pixels, the photo {photo.width}×{photo.height}. "
            "Name the clean picture of the same photo."
        )
    return region_of(clean.pixels, options.crop, options.longest).pixels


def _folder(album: "Album", inspector: "Inspector", prompt: str, options: argparse.Namespace) -> int:
    """Draw drop rates and clusters of a folder; returns 1 if that failed."""
    from core.detection import Detector
    from core.inspection import clusters_of
    from core.inspection.charts import cluster_clouds, drop_rate_maps, folder_subtitle
    from core.inspection.folder import labelled, pictures_in

    try:
        files = pictures_in(options.folder)
        detector = Detector()

        def pictures(report: bool) -> "Iterator[tuple[Sample, Region]]":
            def left_out(file: Path, reason: "Message") -> None:
                if report:
                    warn(f"{file} was left out: {reason}")

            return labelled(
                files,
                lambda photo: detector.detect(photo).likely_steps(),
                known=inspector.prompts,
                longest=options.longest,
                left_out=left_out,
            )

        regions = (region for _, region in pictures(True))
        name = _text(options.folder.resolve().name)
        place = folder_subtitle(name, inspector.checkpoint.name)
        for drops in inspector.drop_rates(regions, prompt, blocks=_selected_blocks(options)):
            album.add(f"{name}: attention over a folder", "folder", drop_rate_maps(drops, prompt, place))
        clusters = clusters_of(inspector.latent_features(pictures(False), prompt))
        album.add(f"{name}: clusters", "folder", cluster_clouds(clusters, place))
    except DFPIRError as error:
        warn(error_text(error))
        return 1
    return 0


def _crop(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if len(parts) != 4 or not all(part.strip().isdecimal() for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is not X,Y,W,H (four whole numbers of pixels)")
    return tuple(int(part) for part in parts)


def _figure_width(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 40 <= float(text) <= 1200:
            return float(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a width from 40 to 1200 millimetres")


def _dpi(text: str) -> int:
    if not text.isdecimal() or not 50 <= int(text) <= 1200:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 50 to 1200")
    return int(text)


def _longest(text: str) -> int:
    if not text.isdecimal() or int(text) < 16:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of pixels of at least 16")
    return int(text)
