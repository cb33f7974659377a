"""What :mod:`core.checkpoints`, :mod:`core.inference.external` and :mod:`core.prompts` say of models."""

from dfpir_gui.i18n.language import tr

TEMPLATES = (
    tr("There is no file {file}. Check the name, or download the model again."),
    tr("There is no model {name}. Name a checkpoint file or a built-in model ({names})."),
    tr("{file} is a folder. Choose the model file in it."),
    tr("{file} cannot be read: {reason}."),
    tr("it is a pipe or a device and not a file"),
    tr("There is not enough memory to read {file}. Close some programs, or check that it is a model."),
    tr("{file} was not written. {reason}"),
    tr("{file} cannot be written: {reason}. Choose another folder."),
    # What is wrong with a file
    tr("{file} cannot be used as a model. {reason}"),
    tr("{file} cannot be used as a detector. {reason}"),
    tr("It is no model file. Choose a .safetensors, .pth or .pth.tar file of DFPIR."),
    tr("The file is empty (0 bytes). Download or copy it again."),
    tr("The file is damaged: download or copy it again."),
    tr("The file is damaged: download or copy it again. ({reason})"),
    tr("The file is incomplete or damaged: download or copy it again."),
    tr("Its header cannot be used: {reason}. {advice}"),
    tr("Its contents claim to be larger than the file. {advice}"),
    tr("Its contents are like no weights at all. {advice}"),
    tr("Its entries have no names. {advice}"),
    tr("It has two tables of contents. {advice}"),
    tr("A tensor's name has {count} characters ({name}). {advice}"),
    tr(
        "Its model card is too long to be read: at most {entries} entries, {characters} characters each, and {all} in "
        "all. Shorten it."
    ),
    tr("The prompt bank is too long: at most {count} prompts of at most {characters} characters."),
    tr("The configuration's {field} asks for {count} channels, but the widest tensor has {most}."),
    tr("Its tensors claim to be larger than the file. {advice}"),
    tr("It claims to hold {count} tensors, far more than any network of ours. {advice}"),
    tr("Its last {count} bytes are missing. Download or copy it again."),
    tr(
        "It is a safetensors file, but not one of DFPIR Studio's. Choose a DFPIR checkpoint, or the authors' .pth.tar "
        "file."
    ),
    tr("It is written in format {version}, which this program does not know. Update DFPIR Studio."),
    tr("It is a TorchScript program and not a checkpoint. Choose a DFPIR checkpoint."),
    tr("It is a zip archive and not a checkpoint. Unpack it, and choose a model file in it."),
    tr(
        "The file holds more than plain weights (it asks for {name}); reading that could run a stranger's program, so "
        "it was not read. Get the weights from their authors, or, if you trust the file, save its state_dict by itself "
        "and choose that."
    ),
    tr(
        "The file holds more than plain weights; reading that could run a stranger's program, so it was not read. Get "
        "the weights from their authors, or, if you trust the file, save its state_dict by itself and choose that."
    ),
    tr("It holds a {kind} and not named weights. Choose a DFPIR checkpoint."),
    tr("It holds a {kind} and not named weights. Choose another model."),
    tr("Its weights have no names. Choose a DFPIR checkpoint."),
    tr("It holds no weights: the file was saved empty, as some published ones are. Choose another checkpoint."),
    tr("Its entry {name} is no tensor. Choose a DFPIR checkpoint."),
    tr(
        "These weights belong to another network: of their {count} tensors, {strangers} are not DFPIR's ({names}). "
        "Choose a DFPIR checkpoint."
    ),
    tr("Tensors without which no DFPIR works are missing: {names}. Choose a complete checkpoint."),
    tr("The shapes of its tensors are not those of a DFPIR: {reason}. Choose a DFPIR checkpoint."),
    tr("The weights do not fit the network: {faults}. Use a complete checkpoint of one model."),
    tr("The configuration asks for {blocks} Transformer blocks, but there are {count} tensors."),
    tr(
        "The prompt embeddings have {count} numbers, but the network takes {wanted}. Take weights and prompts of the "
        "same model."
    ),
    tr("No network can be built from its configuration: {reason}."),
    tr("The tensor {name} holds {kind} and not floating-point numbers."),
    tr(
        "The tensor {name} holds values that are not finite: the training of this model has diverged. Use another "
        "checkpoint of it."
    ),
    tr("The tensor {name} holds values that are not finite; the training has diverged."),
    tr("The tensor {name} holds values up to {largest}, too large for {kind}. Save with float32 instead."),
    tr("The model card cannot be written as JSON: {reason}."),
    # The detector's file
    tr("It is no safetensors file, or incomplete ({reason}). {advice}"),
    tr("It is no safetensors file, or incomplete. {advice}"),
    tr("It is written in format {version}, unknown here. Update DFPIR Studio."),
    tr("It is no detector, but another safetensors file."),
    # Other families
    tr("{file} is no model file. Choose a file that ends in {endings}."),
    tr("{file} holds no network that DFPIR Studio or spandrel knows."),
    tr("its network would be much larger than the file"),
    tr("{file} cannot be used as a model: {reason}. Download or copy it again."),
    tr(
        "{file} is a {kind}, but not one that restores RGB photos at their own size. Choose a model for noise, rain, "
        "haze, blur or low light."
    ),
    tr(
        "Models of other families are read by spandrel, which is not installed. Install it with "
        '"pip install spandrel spandrel_extra_arches" (or the extra: dfpir-studio[spandrel]) and start again.'
    ),
    tr("{name} gives values that are not finite for this photo. Use another model."),
    tr(
        "There is not enough memory on {device} for {name}, which needs the photo as a whole. Close other programs, or "
        "choose another device."
    ),
    tr(
        "There is not enough memory on {device} for {name}, even in tiles of {tile} pixels. Close other programs, or "
        "choose another device."
    ),
    # Prompts and the encoder that makes them
    tr(
        "This model's prompts need the text encoder CLIP ({file}), which is not on this computer yet. Let it be "
        "downloaded, or put it into {folder}."
    ),
    tr(
        "The weights of the text encoder (open_clip's {model}) are not on this computer. Let them be downloaded, or "
        "name a file that holds them."
    ),
    tr("This model was trained without a text encoder: its prompts are fixed codes, and no others can be made."),
    tr("This model's prompts were made by {encoder}, which is not at hand."),
    tr("The text encoder's weights are not on this computer. Preparing a model's prompts fetches them."),
    tr("A prompt needs 1 to {most} characters, not {count}."),
    tr("A prompt needs at least one word."),
    tr("This model has no embedding for {prompt}. It knows: {names}."),
    tr("This model has no embedding for {prompt}. Its prompt bank is empty."),
    tr("The simple 3-task checkpoint knows no prompt for {name}."),
    tr(
        "This model was trained with {encoder}, so no text encoder can add {prompts}. Choose one that it knows: "
        "{names}."
    ),
    tr(
        "{prompts} cannot be added: this model's prompts are of {encoder}, and the text encoder at hand is {other}. "
        "Choose that encoder."
    ),
    tr("The embeddings of one prompt bank have different widths: {widths}."),
    tr("The embedding of {prompt} has shape {shape}; wanted one row of numbers."),
    tr("The embedding of {prompt} holds values that are not finite."),
    tr("The prompt bank's list of names is damaged."),
    tr("The prompt bank names a prompt twice."),
    tr("The prompt bank names {count} prompts, but its embeddings have shape {shape}."),
    tr("There is no weight file {file} for the text encoder."),
    tr(
        "This model carries no embedding for the prompt, and open_clip, which would make one, is not installed. Run: "
        "pip install open_clip_torch"
    ),
    tr(
        "platformdirs is not installed, so there is no place for the text encoder's files. Run: pip install "
        "platformdirs"
    ),
    tr(
        "{file} is a TorchScript program, but not the one that OpenAI published for {model}. Delete it and download it "
        "again, or use a state dict (.safetensors)."
    ),
    tr(
        "OpenAI's weights need an architecture with QuickGELU, and open_clip's {model} has none: its embeddings would "
        "differ from those the model was trained with. Use {other}."
    ),
    tr(
        "The text encoder's weight file {file} does not fit open_clip's {model}: {reason}. Delete it and download it "
        "again."
    ),
    tr(
        "The text encoder (open_clip's {model}) could not be loaded: {reason}. With a network connection it downloads "
        "itself."
    ),
    tr(
        "The text encoder (open_clip's {model}) could not be loaded: {reason}. With a network connection it downloads "
        "itself. Or download {file} from {address} and put it into {folder}."
    ),
    tr("What came from {address} is not the file that OpenAI published. Try again later."),
    tr(
        "{file} could not be downloaded: {reason}. Check the network connection, or download it from {address} and put "
        "it into {folder}."
    ),
)
