"""Sentences that the library says, in the user's language.

The library knows no translations: its errors and notes are English sentences with values in them. Those that users meet
most are listed here as templates; a sentence that fits one is said in the user's language, any other stays as it is.
"""

import re
from functools import cache

from dfpir_gui.language import tr, translated

TEMPLATES = (
    tr("{file} is damaged or cut short and cannot be opened ({reason}). Copy it again from its source."),
    tr("{file} is damaged or cut short. Copy it again from its source."),
    tr("{file} is cut short. Copy it again from its source."),
    tr("{file} is empty (0 bytes). Copy it again from its source."),
    tr("{file} is a folder, not a photo. Choose a file in it."),
    tr("{file} is not a photo that can be read. Convert it to one of: {kinds}."),
    tr("There is not enough memory to open {file}. Close some programs, or make it smaller."),
    tr("{file} already exists and was left as it is. Choose another name, or allow overwriting."),
    tr("{file} cannot be read: {reason}. There is no such file or folder; check the name."),
    tr("{file} cannot be written: {reason}. The disk is full; free some space, or choose another disk."),
    tr("{file} cannot be written: {reason}. You are not allowed to; check the permissions, or choose another folder."),
    tr(
        "{file} is a camera raw file; rawpy, which reads these, is not installed. Install it with "
        '"pip install rawpy" (or the extra: dfpir-studio[raw]) and start again, or develop the file with a raw '
        "converter and save it as TIFF or JPEG."
    ),
    tr(
        "{file} is a HEIC picture; pillow-heif, which reads these, is not installed. Install it with "
        '"pip install pillow-heif" (or the extra: dfpir-studio[heic]) and start again, or convert the picture to '
        "JPEG."
    ),
    tr(
        "A camera raw file: it was developed with the camera's white balance and a brightness that suits the picture. "
        "A raw converter gives more control."
    ),
    tr("Only the first of {count} pages or frames was read."),
    tr("The photo is CMYK; it is saved as sRGB colour, which a print shop separates again."),
    tr("There is no file {file}. Check the name, or download the model again."),
    tr("{file} cannot be used as a model. {reason}"),
    tr("It is no model file. Choose a .safetensors, .pth or .pth.tar file of DFPIR."),
    tr(
        "Models of other families are read by spandrel, which is not installed. Install it with "
        '"pip install spandrel spandrel_extra_arches" (or the extra: dfpir-studio[spandrel]) and start again.'
    ),
    tr(
        "This model's prompts need the text encoder CLIP ({file}), which is not on this computer yet. Let it be "
        "downloaded, or put it into {folder}."
    ),
    tr("{clipped} of the pixels are clipped to black or white, {before} were before."),
    tr("The photo has taken on a colour cast of ΔE {value}."),
    tr("It looks more affected by {name} than before: probability {now}, was {was}."),
    tr("Stopped at your request; nothing was changed."),
    tr("This model was trained without a text encoder: its prompts are fixed codes, and no others can be made."),
    tr("This model's prompts were made by {encoder}, which is not at hand."),
    tr("The text encoder's weights are not on this computer. Preparing a model's prompts fetches them."),
    tr("A prompt needs 1 to {most} characters, not {count}."),
)


def translated_sentence(sentence: str) -> str:
    """Return ``sentence`` in the user's language if it fits one of :data:`TEMPLATES`, else as it is."""
    for template in TEMPLATES:
        found = _pattern(template).fullmatch(sentence)
        if found:
            values = {name: _inner(value) for name, value in found.groupdict().items()}
            return translated(template).format(**values)
    return sentence


def _inner(value: str) -> str:
    """A value that is a sentence itself, such as a reason."""
    return translated_sentence(value) if " " in value else value


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    fixed = [re.escape(part) if at % 2 == 0 else f"(?P<{part}>.+?)" for at, part in enumerate(parts)]
    return re.compile("".join(fixed), re.DOTALL)
