"""What :mod:`core.inference`, :mod:`core.recipes` and :mod:`core.quality` say: steps, devices, recipes, harm."""

from dfpir_gui.i18n.language import tr

TEMPLATES = (
    # What a result has suffered
    tr("{clipped} of the pixels are clipped to black or white, {before} were before."),
    tr("The photo has taken on a colour cast of ΔE {value}."),
    tr("It looks more affected by {damage} than before: probability {now}, was {was}."),
    tr("noise"),
    tr("rain"),
    tr("haze"),
    tr("blur"),
    tr("low light"),
    tr("Stopped at your request; nothing was changed."),
    # Steps
    tr("There is no degradation called {name}. Choose one of: {known}."),
    tr("No step was given. Name at least one degradation to remove."),
    tr("Strength {value} is out of range. Choose one from 0 to 1."),
    tr("Step {step}: {value} is no strength. Write a number from 0 to 1."),
    # Devices, precision, memory
    tr("There is no device called {name}. Choose auto, cpu, cuda, cuda:N or mps."),
    tr(
        "Device {name} is not there: torch sees {count} CUDA devices. Choose cpu, or install a GPU driver and a torch "
        "build that match."
    ),
    tr("Device 'mps' is not there: it needs a Mac with Apple's GPU. Choose cpu."),
    tr("Device {name} is not supported. Choose auto, cpu, cuda, cuda:N or mps."),
    tr("Device {name} failed: {reason}. Start the program again; if it fails again, choose cpu, or update the driver."),
    tr("There is no precision {name}. Choose auto, {known}."),
    tr("There is no quality mode {name}. Choose {known}."),
    tr("{count} threads cannot work. Choose 1 or more, or none for all free cores."),
    tr("Tiles of {side} pixels are too small. Choose at least {least}."),
    tr("{text} is no amount of memory. Write a number with a unit, such as 800M or 6G."),
    tr(
        "This photo cannot be restored within {limit} of memory: the most sparing way needs about {needed}. Raise the "
        "limit, or choose a smaller model or photo."
    ),
    tr(
        "There is not enough memory on {device}: even the most sparing way needs about {needed}. Close other programs, "
        "or choose another device or a smaller model."
    ),
    tr(
        "The model {name} gives values that are not finite for this photo. Its weights are unfit; choose another model."
    ),
    # Recipes
    tr("{file} already exists and was left as it is. Choose another name for the photo."),
    tr("{file} is too large for a recipe. Choose a file named *.recipe.json."),
    tr("{file} is not a recipe: it is no text in UTF-8."),
    tr("{file} is not a recipe: it is no valid JSON ({reason})."),
    tr('{file} is not a recipe: it has no entry "recipe". Choose a file named *.recipe.json.'),
    tr('{file}: "recipe" must be the version of the format, a whole number, not {value}.'),
    tr(
        "{file} was written by a newer program: its format is version {version}, and this program knows {known}. "
        "Install the newer program."
    ),
    tr("{file}: {where} lacks {names}."),
    tr("{file}: {where} has entries that this program does not know: {names}."),
    tr("{file}: {entry} must be {kind}, not {value}."),
    tr("{file}: {where} must be an object, not {value}."),
    tr("{file}: the strength of {where} must be a number from 0 to 1, not {value}."),
    tr('{file}: "sha256" must be 64 hexadecimal digits or empty, not {value}.'),
    tr('{file}: "precision" must be one of {known}, not {value}.'),
    tr("{file} has no steps, so there is nothing to do."),
    tr("{file} has {count} steps, which nobody meant. At most {most} are done."),
    tr("{file}: {where} removes {name}, which is not known. Known are: {known}."),
    tr("the recipe"),
    tr("step {number}"),
    tr("a list"),
    tr("an object"),
    tr("text"),
)
