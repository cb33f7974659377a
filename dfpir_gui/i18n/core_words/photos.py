"""What :mod:`core.photo` says: errors of files, and notes on what could not be read as it is."""

from dfpir_gui.i18n.language import tr

TEMPLATES = (
    # Reading
    tr("{file} is damaged or cut short and cannot be opened ({reason}). Copy it again from its source."),
    tr("{file} is damaged or cut short. Copy it again from its source."),
    tr("{file} is cut short. Copy it again from its source."),
    tr("{file} is empty (0 bytes). Copy it again from its source."),
    tr("{file} is a folder, not a photo. Choose a file in it."),
    tr("{file} is not a regular file. Copy the photo to a file first."),
    tr("{file} cannot be read: it is not a valid file name."),
    tr("{file} is {what}. Convert it to one of: {kinds}."),
    tr("{file} is not a photo that can be read. Convert it to one of: {kinds}."),
    tr("{file} is too large for a preview: it can only be decoded as a whole."),
    tr(
        "{file} is a TIFF {what} that holds no photo of 8 or 16 bits in grey, RGB, CMYK or CIELAB. Convert it "
        "to 16-bit RGB first."
    ),
    tr(
        "{file} is a TIFF {what}; tifffile and imagecodecs, which read these, are not installed. Install them "
        'with "pip install tifffile imagecodecs" (or the extra: dfpir-studio[tiff]) and start again, or save '
        "the photo as TIFF of 8 or 16 bits without compression."
    ),
    tr(
        "{file} is a picture from an iPhone app in Apple's own variant of PNG (CgBI). Open it on a Mac and "
        'export it as PNG, or run "pngcrush -revert-iphone-optimizations".'
    ),
    tr(
        "{file} is {kind}, which cannot be opened. Open it in the program that it comes from and save it as "
        "TIFF or PNG with 16 bits."
    ),
    tr(
        "{file} is of a kind that cannot be opened ({reason}). Open it in another program and save it as PNG, "
        "or as TIFF without compression."
    ),
    tr("compressed by {codec}"),
    tr("in CIELAB colours"),
    tr("stored with {bits} bits per channel"),
    tr("of a rare kind"),
    tr("a lossless JPEG"),
    tr("a JPEG with {bits} bits per channel"),
    tr("The photo is in CIELAB; it is saved as sRGB colour."),
    tr("There is not enough memory to open {file}. Close some programs, or make it smaller."),
    tr(
        "{file} claims to have {width} × {height} pixels; at most {most} megapixels and {side} pixels a side can be "
        "opened. Make it smaller first."
    ),
    tr(
        "{file} holds {numbers} numbers as {colours} in {count} channels; photos of 8 or 16 bits in grey, RGB or CMYK "
        "can be opened. Convert it to 16-bit RGB first."
    ),
    tr("{file} is damaged or cut short, or a BMP of a rare kind. Get another copy, or save it as PNG."),
    tr(
        "{file} is a camera raw file that cannot be read ({reason}). Develop it with a raw converter and save it as "
        "TIFF or JPEG."
    ),
    tr(
        "{file} is a camera raw file; rawpy, which reads these, is not installed. Install it with "
        '"pip install rawpy" (or the extra: dfpir-studio[raw]) and start again, or develop the file with a raw '
        "converter and save it as TIFF or JPEG."
    ),
    tr("{file} is a HEIC picture that is damaged or cut short ({reason}). Copy it again from its source."),
    tr(
        "{file} is a HEIC picture; pillow-heif, which reads these, is not installed. Install it with "
        '"pip install pillow-heif" (or the extra: dfpir-studio[heic]) and start again, or convert the picture to '
        "JPEG."
    ),
    tr(
        "Photographs are read and written with libvips, which cannot be loaded. Install it with "
        '"pip install pyvips pyvips-binary" and start again. ({reason})'
    ),
    tr("a GIF animation"),
    tr("a Photoshop document"),
    tr("a PDF document"),
    tr("a JPEG XL picture"),
    tr("a JPEG 2000 picture"),
    tr("an OpenEXR picture"),
    tr("a video"),
    # Notes
    tr(
        "A camera raw file: it was developed with the camera's white balance and a brightness that suits the picture. "
        "A raw converter gives more control."
    ),
    tr("Only the first of {count} pages or frames was read."),
    tr("Only the main one of {count} pictures was read."),
    tr("The camera information (EXIF) was damaged and was left out."),
    tr("The maker note of the camera was left out, because it cannot be moved without damage."),
    tr("The XMP block was damaged and was left out."),
    tr("A second picture in the XMP block shows the photo as it was before; it was left out."),
    tr("The depth map was left out, because the photo was turned upright."),
    tr("JPEG segments of other programs were left out: {names}."),
    tr("Image resources of other programs were left out: {names}."),
    tr("The HDR gain map was left out, because it can be carried from JPEG to JPEG only."),
    tr("The depth map was left out, because no format that can be written holds it."),
    tr("PNG chunks of other programs were left out: {names}."),
    tr("The large preview in the file was left out, because it shows the photo as it was before."),
    tr("Of {count} pictures in the file only the first was read; the others were left out."),
    tr("Data of an unknown kind behind the picture was left out."),
    tr("The HDR gain map was left out, because the photo was turned upright."),
    tr("The Photoshop layers were left out, because they hold the photo as it was before."),
    tr("The GeoTIFF fields were left out, because the photo was turned upright."),
    tr("TIFF fields of other programs were left out: {names}."),
    tr("The photo is CMYK; it is saved as sRGB colour, which a print shop separates again."),
    tr("The file has several extra channels; the first was taken as transparency, the others were not read."),
    tr("The file describes its colours in a way that is not supported (HDR or wide gamut); they are taken as sRGB."),
    tr("The colour profile does not fit this kind of picture and was ignored."),
    tr("The grey profile works in a way that is not supported and was ignored."),
    tr("The colour profile was damaged and was ignored; standard colours are assumed."),
    tr("The colour profile lies in another file and was ignored; standard colours are assumed."),
    tr("The photo holds floating-point numbers: 0 was read as black and 1 as white; it is saved with 16 bits."),
    tr("Numbers below 0 and above 1 (HDR) were cut off."),
    # Writing
    tr("{file} already exists and was left as it is. Choose another name, or allow overwriting."),
    tr("{file} cannot be written: it is not a valid file name."),
    tr("{file} is a folder. Choose a file name."),
    tr("The folder {folder} does not exist. Make it, or choose another one."),
    tr("{file} is a file, not a folder. Choose another folder for the results."),
    tr("{word} is not a format that photos can be saved in. Use one of: {known}."),
    tr("The file name has no ending that tells the format. Use one of: {known}."),
    tr("{file} cannot be saved with quality {quality}. Choose 1 to 100."),
    tr(
        "{file} cannot be saved: {format} holds at most {most} pixels a side, and the photo has {width} × {height}. "
        "Choose PNG or TIFF."
    ),
    tr("{format} cannot be saved with {asked} bits per channel, only with {offered}."),
    tr("There is not enough memory to save {file}. Close some programs and try again."),
    tr("{file} cannot be encoded as {format} ({reason}). Choose another format, such as PNG."),
    tr("{file} cannot be saved: the picture holds values that are no numbers (NaN). Restore it again."),
    # Notes on what a format cannot hold
    tr("The extra channel was left out: a {format} file has no place for it."),
    tr("Transparent parts were laid over white: a {format} file has no transparency."),
    tr("The metadata was left out: a {format} file has no place for it."),
    tr("Texts were left out, because a {format} file has no place for them: {names}."),
    tr("The IPTC data was left out: a {format} file has no place for it."),
    tr("Paths and rights of Photoshop were left out: a {format} file has no place for them."),
    tr("The GeoTIFF fields were left out: a {format} file has no place for them."),
    tr("The HDR gain map was left out: a {format} file has no place for it."),
    tr("The video of the motion photo was left out: a {format} file has no place for it."),
    tr("The HDR gain map was left out, because the brightness of the photo has changed."),
    tr("The XMP block was left out, because it is too long for a JPEG file."),
    tr("The camera information (EXIF) is too long for a JPEG file; left out: {what}."),
    tr("The preview was left out: a {format} file has no place for it."),
    tr("The preview was left out, because the camera information (EXIF) is damaged."),
    tr("The preview was left out, because EXIF of a JPEG file has no room left for it."),
    tr("The preview cannot be made ({reason}). Save the photo without one."),
    tr("the maker note"),
    tr("the user comment"),
    tr("the description"),
    # What the system refuses, and what to do about it
    tr("{file} cannot be read: {reason}. {advice}"),
    tr("{file} cannot be written: {reason}. {advice}"),
    tr("There is no such file or folder; check the name."),
    tr("A part of the path is a file, not a folder; check the path."),
    tr("It is a folder; choose a file."),
    tr("The disk is write-protected; choose another folder."),
    tr("You are not allowed to; check the permissions, or choose another folder."),
    tr("The disk is full; free some space, or choose another disk."),
    tr("Your space on this disk is used up; free some, or choose another disk."),
    tr("The file is too large for this disk; choose another disk."),
    tr("The name is too long; choose a shorter one."),
    tr("This disk does not accept the name; choose another one."),
    tr("The disk reports a fault; try another disk."),
    tr("Too many files are open; close some programs and try again."),
    tr("Try again, or choose another folder."),
)

SYSTEM = (
    tr("No such file or directory"),
    tr("Permission denied"),
    tr("No space left on device"),
    tr("Is a directory"),
    tr("Not a directory"),
    tr("Input/output error"),
    tr("Read-only file system"),
    tr("File name too long"),
)
"""What systems say of failures of files."""
