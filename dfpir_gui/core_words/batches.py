"""What :mod:`core.batch` says of folders, their journals and reports."""

from dfpir_gui.language import tr

TEMPLATES = (
    tr(
        "{folder} holds results of another source, {before}. Name another folder for these, or remove the results and "
        "the files whose names begin with .dfpir-batch."
    ),
    tr("Another batch is writing to {folder}. Wait until it ends, stop it, or name another folder."),
    tr("{file} was written by a later version of this program. Update DFPIR Studio."),
    tr("{file} cannot be opened: {reason}. Choose another folder."),
    tr("{file} cannot be used: {reason}. If it is damaged, move it away; the folder is then worked through anew."),
    tr("{file} cannot be written: {reason}."),
    tr("{folder} is not a folder. Name the folder that holds the photos."),
    tr("{file} is a file. Name a folder for the results."),
    tr(
        "{folder} cannot hold the results as well: sources are never touched. Name another folder; it may lie inside "
        "this one."
    ),
    tr(
        "{folder} holds the source, so that results could land among the photos. Name another folder; it may lie "
        "inside the source."
    ),
    tr("{folder} leads out of the target. Remove the link, and start again."),
    tr("There is no collision rule {name}. Choose one of: {known}."),
    tr("The naming template {template} cannot be read: {reason}."),
    tr("The naming template {template} has an unknown field {field}. There are {known}."),
    tr("The naming template {template} gives all photos one name. Put {name} into it."),
    tr("The naming template {template} leads out of the target. Write a path inside it."),
    tr("The naming template {template} gives names that Windows cannot have. Choose others."),
    tr("{file} is no report that can be written. End its name in {endings}."),
    tr("Strength {value} is out of range. Choose a number from 0 to 1."),
    tr("The threshold {value} is out of range. Choose a number from 0 to 1."),
    tr("Quality {value} is out of range. Choose 1 to 100."),
    tr("{reason} The photos that were not reached wait for the next run."),
    tr("{reason} This photo and those that were not reached wait for the next run."),
    tr("{file} cannot be used: {reason}. See that its disk has room and can be written; the same batch then goes on."),
    tr("{file} was changed while it was worked on. Start again for the new photo."),
    tr("{file} was lost on the way. Try it again."),
    # Other machines
    tr("{machine} does not see {folder}. All machines need the same paths."),
    tr("{machine} has another model called {model}. Copy the same one there."),
    tr("The scheduler at {address} has no workers. Start some with dask-worker {same}."),
    tr(
        "Other machines are reached through Dask, which is not installed. Install it with "
        "\"pip install 'dfpir-studio[cluster]'\"."
    ),
    tr("No scheduler answers at {address}: {reason}. Start one with dask-scheduler."),
    tr("The workers have dropped what they were given. See whether the scheduler runs."),
    tr("{file} exists already in the target, and was left as it is."),
    tr("There is not enough memory for {file}. Close other programs, or make it smaller."),
    tr("{file} could not be restored: {reason}."),
    tr("The detector is not sure: {verdict} ({share}, and {asked} is asked)."),
    tr("unsure, perhaps {verdict}"),
    tr("noise (σ {sigma})"),
    tr("clean"),
)
