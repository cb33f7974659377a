"""Reading grey pictures as masks."""

from dataclasses import dataclass
from pathlib import Path

from core.errors import MaskError, PhotoError
from core.masks import Mask, Picture
from core.masks.pictures import encode_picture
from core.messages import message
from core.photo.colour import is_grey
from core.photo.photo import Photo

_GREY_TOLERANCE = 1.5 / 255
"""Channels of a grey JPEG that was saved in colour differ by rounding."""


@dataclass(frozen=True)
class MaskFile:
    """A mask picture that was read from a file.

    Attributes:
        path: the file.
        width: its width in pixels.
        height: its height in pixels.
        picture: its contents.
    """

    path: Path
    width: int
    height: int
    picture: Picture

    def mask_for(self, photo: Photo) -> Mask:
        """The mask for a photo.

        Raises:
            MaskError: the photo has another aspect ratio.
        """
        # A side that was rounded when the picture was reduced may be one pixel off.
        if abs(self.width * photo.height - self.height * photo.width) > photo.width + photo.height:
            raise MaskError(
                message(
                    "The mask {file} ({mask_width}×{mask_height} px) has another shape than the upright photo after "
                    "rotation and crop ({width}×{height} px). Save the mask with these sides, or both reduced by one "
                    "factor.",
                    file=str(self.path),
                    mask_width=self.width,
                    mask_height=self.height,
                    width=photo.width,
                    height=photo.height,
                )
            )
        return Mask.from_shape(self.picture)


def read_mask(path: Path) -> MaskFile:
    """Read a grey picture as a mask: white is 1, black is 0. An alpha channel is ignored.

    Raises:
        MaskError: it cannot be read, is in colour, or has too many pixels; the message names the file.
    """
    try:
        photo = Photo.open(path)
    except PhotoError as error:
        raise _unusable(path, error) from error
    if not is_grey(photo.pixels, _GREY_TOLERANCE):
        raise MaskError(
            message(
                "The mask {file} is in colour. Convert it to grey: white where the step applies, black elsewhere.",
                file=str(path),
            )
        )
    try:
        picture = encode_picture(photo.pixels[..., 1].copy())
    except MaskError as error:
        raise _unusable(path, error) from error
    return MaskFile(path, photo.width, photo.height, picture)


def _unusable(path: Path, error: MaskError | PhotoError) -> MaskError:
    return MaskError(message("The mask {file} cannot be used: {reason}", file=str(path), reason=error.message))
