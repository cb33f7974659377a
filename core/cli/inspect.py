"""``dfpir inspect``: what the perturbation does to photos, as charts and data in a folder."""

import argparse
import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli.options import add_device, add_model, text_encoder
from core.cli.output import complain, explained, printable, say
from core.degradations import DEGRADATIONS, KEYS
from core.errors import DFPIRError, RestorationError

if TYPE_CHECKING:
    from core.inspection import Attention, Inspector, Region
    from core.inspection.charts import Album
    from core.photo import Photo

BLOCKS = {"level1": "level 1", "level2": "level 2", "level3": "level 3", "latent": "latent"}
"""What the DGPBs are called on the command line, and in the library."""

Pair = tuple[str, str | None]
"""The prompt that everything is done with, and the one it is compared with; None if the model knows but one."""


def add_parser(commands: Any) -> None:
    """Add the command to ``dfpir``'s parser (an action made by ``ArgumentParser.add_subparsers``)."""
    parser = commands.add_parser(
        "inspect",
        help="look inside: channel orders, attention masks, features, ablations",
        description="Write charts (PNG and SVG), their data (CSV and NPZ) and a page for the browser (index.html): "
        "which order of channels each prompt gives, which attention entries are kept, what features look like before "
        "and after the perturbation, and what the result would be without its parts.",
    )
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO", help="photos to look at, one after the other")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="folder for the charts")
    parser.add_argument(
        "--prompt-pair",
        nargs=2,
        choices=KEYS,
        metavar=("A", "B"),
        help="prompts to compare; A is the one the photos are restored with (default: what is found in the first "
        f"photo, and another): {', '.join(KEYS)}",
    )
    parser.add_argument("--crop", type=_crop, metavar="X,Y,W,H", help="look at this part only, in pixels of the photo")
    parser.add_argument(
        "--longest",
        type=_longest,
        default=512,
        metavar="PIXELS",
        help="reduce what is larger than this (default: %(default)s)",
    )
    parser.add_argument(
        "--blocks", nargs="+", metavar="BLOCK", choices=BLOCKS, help=f"only these: {', '.join(BLOCKS)} (default: all)"
    )
    parser.add_argument("--reference", type=Path, metavar="CLEAN", help="clean picture of the one photo, for PSNR")
    parser.add_argument(
        "--folder",
        type=Path,
        metavar="DIR",
        help="photos for clusters and for how often attention entries are dropped. What each suffers from is told by "
        "its name or its folder's (haze.jpg, haze/beach.jpg), else it is detected",
    )
    add_model(parser)
    add_device(parser)
    parser.add_argument("--overwrite", action="store_true", help="replace the charts of an earlier run")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Look at all photos with one model; one that fails does not stop the rest. Returns the exit code.

    Raises:
        DFPIRError: nothing can be tried: no such model, device or folder, or the folder for the charts is taken.
    """
    if options.reference and len(options.photos) > 1:
        raise RestorationError("--reference belongs to one photo, but several were given. Inspect them one by one.")
    from core.inspection import Inspector
    from core.inspection.charts import Album

    inspector = Inspector(options.model, device=options.device, text_encoder=text_encoder(options))
    album = Album(options.output, overwrite=options.overwrite, sources=_sources(options))
    pair = _pair(options, inspector)
    facts = _facts(inspector, pair)
    for fact in facts:
        say(fact)
    if inspector.blocks:
        _orders(album, inspector, pair, _chosen(options))
    failed = _photos(album, inspector, pair, options)
    if options.folder and inspector.blocks:
        failed += _folder(album, inspector, pair[0], options)
    say(str(album.finish("Inside " + inspector.checkpoint.name, facts)))
    return 1 if failed else 0


def _sources(options: argparse.Namespace) -> list[Path]:
    """The photos that charts are made from."""
    from core.inspection.folder import pictures_in

    sources = [*options.photos, *([options.reference] if options.reference else [])]
    if options.folder:
        with contextlib.suppress(DFPIRError):  # its own turn comes, and says why
            sources += pictures_in(options.folder)
    return sources


def _pair(options: argparse.Namespace, inspector: "Inspector") -> Pair:
    if options.prompt_pair:
        first, second = options.prompt_pair
        if first == second:
            raise RestorationError(f"Both prompts of the pair are {first}. Name two different ones.")
        return first, second
    families = {entry.key: entry.family for entry in DEGRADATIONS}
    first = next((key for key in _found(options.photos[0]) if key in inspector.prompts), inspector.prompts[0])
    others = [key for key in inspector.prompts if key != first]
    unlike = [key for key in others if families.get(key) != families.get(first)]
    return first, next(iter(unlike or others), None)


def _found(file: Path) -> tuple[str, ...]:
    from core.detection import Detector
    from core.photo import Photo

    try:
        return tuple(Detector().detect(Photo.open(file)).steps())
    except DFPIRError:
        return ()  # the photo's own turn comes, and says why


def _facts(inspector: "Inspector", pair: Pair) -> list[str]:
    facts = [
        f"Model: {inspector.checkpoint.name}. Prompt: {pair[0]}"
        + (f", compared with {pair[1]}." if pair[1] else "; it knows no other to compare with.")
    ]
    if inspector.blocks:
        facts.append(inspector.origin_of_order)
    else:
        facts.append("This model was built without DGPBs: there is no order, mask or perturbation to look at.")
    return facts


def _chosen(options: argparse.Namespace) -> list[str]:
    return [name for word, name in BLOCKS.items() if options.blocks is None or word in options.blocks]


def _orders(album: "Album", inspector: "Inspector", pair: Pair, blocks: list[str]) -> None:
    from core.inspection.charts import correlations, folded, order_strips, slopes

    first, second = pair
    for orders in inspector.orders():
        if orders.block not in blocks:
            continue
        section = f"Channel order: {orders.block}"
        album.add(section, "orders", order_strips(orders, inspector.origin_of_order))
        if second is not None:
            album.add(section, "orders", slopes(orders, first, second))
            album.add(section, "orders", correlations(orders))
            album.add(section, "orders", folded(orders, first, second))


def _photos(album: "Album", inspector: "Inspector", pair: Pair, options: argparse.Namespace) -> int:
    """Look at every photo; returns how many failed."""
    from core.inspection import region_of
    from core.photo import Photo

    failed, names = 0, _Names()
    first: tuple[str, dict[str, Attention]] | None = None
    for file in options.photos:
        try:
            photo = Photo.open(file)
            region = region_of(photo.pixels, options.crop, options.longest)
            say(f"{file}: {region.words}")
            group = names.take(file)
            seen = _blocks(album, inspector, pair, region, group, _chosen(options))
            if first is not None:
                _between_photos(album, first, (group, seen))
            first = first or (group, seen)
            _ablations(album, inspector, pair, region, group, _reference(options, photo))
        except DFPIRError as error:
            failed += 1
            complain(explained(error))
    return failed


class _Names:
    """Folders within the album, one for each photo, also for photos of the same name."""

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
    """A name as charts can draw it and a page can hold it, also where its bytes are no text."""
    from core.io.os_errors import display_path

    return printable(display_path(Path(name)))


def _blocks(
    album: "Album", inspector: "Inspector", pair: Pair, region: "Region", group: str, blocks: list[str]
) -> "dict[str, Attention]":
    """Attention and features of every block, one block held at a time; returns the attention."""
    from core.inspection import difference
    from core.inspection.charts import attention_difference, attention_maps, feature_overview, strongest_grid

    first, second = pair
    where = f"{group}, {region.words}, prompt {first}"
    kept = {}
    for block in inspector.blocks:
        if block.name not in blocks:
            continue
        seen = inspector.trace(region, first, blocks=[block.name]).blocks[block.name]
        if seen.attention is not None:
            kept[block.name] = seen.attention
            album.add(f"{group}: attention", group, attention_maps(seen.attention, where))
            if second is not None:
                other = inspector.trace(region, second, blocks=[block.name], stages=()).blocks[block.name].attention
                assert other is not None  # the same block has one under every prompt
                found = difference(seen.attention, other)
                album.add(f"{group}: attention", group, attention_difference(found, first, second))
        album.add(f"{group}: features", group, feature_overview(seen, where))
        album.add(f"{group}: features", group, strongest_grid(seen, where))
    return kept


def _between_photos(
    album: "Album", first: "tuple[str, dict[str, Attention]]", second: "tuple[str, dict[str, Attention]]"
) -> None:
    from core.inspection import difference
    from core.inspection.charts import attention_difference

    (one, before), (two, after) = first, second
    for block in before:
        chart = attention_difference(difference(before[block], after[block]), one, two)
        album.add(f"Attention: {one} and {two}", f"{one}-and-{two}", chart)


def _ablations(
    album: "Album", inspector: "Inspector", pair: Pair, region: "Region", group: str, reference: Any
) -> None:
    from core.inspection import standard_ablations
    from core.inspection.charts import ablation_bars, ablation_pictures

    if not inspector.blocks:
        return
    results = inspector.ablations(region, pair[0], standard_ablations(pair[1]), reference)
    where = f"{group}, {region.words}, prompt {pair[0]}"
    for chart in (ablation_bars(results, where), ablation_pictures(results, where)):
        album.add(f"{group}: what does it matter", group, chart)
    for result in results:
        gain = "" if result.gain is None else f", PSNR {result.psnr:.2f} dB ({result.gain:+.2f})"
        say(f"  {result.ablation.label:24} changes {result.change:6.2f} levels{gain}")


def _reference(options: argparse.Namespace, photo: "Photo") -> Any:
    """The clean picture's part that belongs to the region, or None."""
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
    """Clusters and drop rates over a folder; returns 1 if that failed."""
    from core.detection import Detector
    from core.inspection import clusters_of
    from core.inspection.charts import cluster_clouds, drop_rate_maps
    from core.inspection.folder import labelled, pictures_in

    try:
        files = pictures_in(options.folder)
        detector = Detector()

        def pictures(counted: bool) -> Iterable[Any]:
            def left_out(file: Path, why: str) -> None:
                if counted:
                    complain(f"{file} was left out: {why}")

            return labelled(
                files,
                lambda photo: detector.detect(photo).steps(),
                known=inspector.prompts,
                longest=options.longest,
                left_out=left_out,
            )

        regions = (region for _, region in pictures(True))
        name = _text(options.folder.name)
        rates = inspector.drop_rates(regions, prompt, blocks=_chosen(options))
        for found in rates:
            album.add(f"{name}: attention over a folder", "folder", drop_rate_maps(found, prompt))
        clusters = clusters_of(inspector.latent_features(pictures(False), prompt))
        album.add(f"{name}: clusters", "folder", cluster_clouds(clusters))
    except DFPIRError as error:
        complain(explained(error))
        return 1
    return 0


def _crop(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if len(parts) != 4 or not all(part.strip().isdecimal() for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is not X,Y,W,H, four whole numbers of pixels")
    return tuple(int(part) for part in parts)


def _longest(text: str) -> int:
    if not text.isdecimal() or int(text) < 16:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of pixels from 16 up")
    return int(text)
