"""What :mod:`core.batch` says of folders, their journals and reports."""

from dfpir_gui.i18n.language import tr

TEMPLATES = (
    tr("It is a {format} file, and the result is called {name}."),
    tr(
        "{folder} holds results of another source, {before}. Name another folder for these, or remove the results and "
        "the files whose names begin with .dfpir-batch."
    ),
    tr("Another batch is writing to {folder}. Wait until it ends, stop it, or name another folder."),
    tr("{file} cannot be opened: {reason}. Choose another folder."),
    tr(
        "{file} was written by a later version of this program, or is damaged. Update DFPIR Studio; if that does not "
        "help, move the file away and name a new folder for the results."
    ),
    tr(
        "{file} is damaged: {reason}. The results are whole, but nobody knows any more which photos are done, and "
        "which steps were set for single ones. To go on, move it away with the files whose names begin like it, and "
        "name a new folder for the results: all photos are then restored again."
    ),
    tr("its log of changes"),
    tr("its tables are not those of a batch"),
    tr("a row of it does not fit its checksum"),
    tr("a note in it does not fit its checksum"),
    tr(
        "{folder} is no longer the folder that results were written to: it was renamed or removed, or its disk was "
        "taken away. Bring it back, and start again."
    ),
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
    # Limits of a photo
    tr("A limit of {value} lets no photo through. Choose a larger number, or no limit."),
    tr(
        "{file} has {width} × {height} pixels and takes {size} of memory; at most {most} are set for a photo of a "
        "batch. Raise this limit, or make the photo smaller."
    ),
    tr(
        "{file} has {size} bytes and claims {width} × {height} pixels, {ratio} times as much, as no photograph has; at "
        "most {most} times are set for a batch. If it is sound, raise this limit."
    ),
    tr(
        "{file} took longer than {seconds} s, the time limit of a photo, and was given up. Raise the limit, or restore "
        "it alone."
    ),
    tr("The time limit of the photo is over."),
    # Notes, and pictures that are passed over
    tr("The times of the file could not be kept: {reason}."),
    tr("The sidecar {file} could not be read and was not copied: {reason}."),
    tr("it is too large"),
    tr("The sidecar could not be copied: {reason}."),
    tr("{file} exists already in the target; the sidecar was not copied over it."),
    tr("It is {what}, which cannot be restored."),
    tr("It holds {what}, but its ending is {ending}. Rename it to have it restored."),
    tr("a picture of the kind {kind}"),
    # Other machines
    tr("{machine} does not see {folder}. All machines need the same paths."),
    tr("{machine} has another model called {model}. Copy the same one there."),
    tr("The scheduler at {address} has no workers. Start some with dask-worker {same}."),
    tr(
        "Other machines are reached through Dask, which is not installed. Install it with "
        "\"pip install 'dfpir-studio[cluster]'\"."
    ),
    tr("No scheduler answers at {address}: {reason}. Start one with dask-scheduler."),
    tr(
        "The scheduler at {address} no longer answers: it was ended, or the network is down. Start it with "
        "dask-scheduler, and start again."
    ),
    tr("The cluster at {address} has had no workers for {seconds} s. Start some with dask-worker, and start again."),
    tr("The cluster at {address} has no workers. The batch waits {seconds} s more for some."),
    tr("The cluster at {address} has workers again."),
    tr("{file} exists already in the target, and was left as it is."),
    tr("There is not enough memory for {file}. Close other programs, or make it smaller."),
    tr("{file} could not be restored: {reason}."),
    tr("The detector is not sure: {verdict} ({share}, and {asked} is asked)."),
    tr("unsure, perhaps {verdict}"),
    tr("noise (σ {sigma})"),
    tr("clean"),
)
