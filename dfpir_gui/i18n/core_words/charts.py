"""What :mod:`core.inspection` says of its charts: titles, what they show and what they do not, and the parts of both.

Files that are exported keep the library's English, the language of the papers that such charts go into.
"""

from dfpir_gui.i18n.language import tr

TEMPLATES = (
    # What is looked at
    tr("{name}, {region}, prompt {prompt}"),
    tr("whole photo {size}, at full size"),
    tr("whole photo {size}, reduced to {reduced}"),
    tr("crop {size} at {place}, at full size"),
    tr("crop {size} at {place}, reduced to {reduced}"),
    tr("level {number}"),
    tr("latent"),
    tr("noise15"),
    tr("noise25"),
    tr("noise50"),
    tr("low-light"),
    # Errors
    tr("The order of another prompt was asked for, but no prompt was named."),
    tr("γ = {value} is out of range. Choose more than 0 and at most 1."),
    tr("The seed {value} is negative. Choose 0 or more."),
    tr("This model has no block called {name}. Its blocks: {names}."),
    tr("{count} pictures are too few to look for clusters. Give at least {least}."),
    tr("The clean reference has {size} pixels, the photo {wanted}. Give the clean picture of the same photo."),
    tr("The process that places the pictures has died, probably for want of memory. Take fewer pictures."),
    tr("This model was built without DGPBs, so there is no before and after."),
    tr("The crop {crop} holds nothing of the photo, which has {size} pixels. Give x,y,width,height within it."),
    tr("{folder} is not a folder. Name one with photos in it."),
    tr("There are no photos in {folder}. Name a folder with JPEG, PNG, TIFF or WebP files."),
    tr("{file} already exists. Choose another folder, or allow overwriting."),
    tr("it looks clean"),
    tr("the model has no prompt for {name}"),
    # Order
    tr("Channel order by prompt: {block}, {count} channels"),
    tr(
        "Each channel has one colour, by its number. Above they lie as the first convolution of DGCPM leaves them, "
        "below as the prompt puts them. It shows which order a prompt gives, and that prompts differ; it does not show "
        "that one order is better than another. {origin}"
    ),
    tr(
        "In the published training this order is set by the prompt and the untrained guidance layers (DGM). It differs "
        "from prompt to prompt, but it is not learned."
    ),
    tr("The guidance layers (DGM) of this model were trained, so this order is learned."),
    tr("This model puts its channels in one random order, the same for all prompts. It is not learned."),
    tr("This model leaves its channels where they are, whatever the prompt."),
    tr("The model's card says: {words}"),
    tr(
        "The channel order is set by the prompt and the untrained guidance layers (DGM); as in the published training "
        "it is not learned."
    ),
    tr("{block}: {prompts}, Kendall τ {kendall}, Spearman ρ {spearman}"),
    tr(
        "One line per channel, coloured by its number, from its position under the first prompt to that under the "
        "second. Level lines are channels that stay; a tangle is two unrelated orders (τ near 0). It does not show "
        "what a channel holds."
    ),
    tr("How alike the orders are: {block}"),
    tr(
        "Rank correlation of the channels' positions under two prompts: +1 is the same order, 0 unrelated, −1 "
        "reversed. It compares orders only; near 0 is what any two random orders give, so it does not show that a "
        "model tells degradations apart by meaning."
    ),
    tr("DGCPM as one matrix: {block}, {size}"),
    tr(
        "With its order fixed, DGCPM is one linear map in every pixel: Q = matrix · F_n + bias. Distance is |A − B| "
        "over the matrices' mean size: 0 for equal maps, 1.41 for unrelated ones. It shows how differently two prompts "
        "mix channels; it does not show which of the two the photo needs."
    ),
    # Attention
    tr("Attention between channels: {block}, γ {value}"),
    tr(
        "Rows and columns are channels, not places in the photo: row = query channel, column = key channel, {size} per "
        "head. Of each row the {count} largest logits are kept; {how}. It shows which channels are mixed with which; "
        "it does not show where in the photo anything happens, nor what it is worth."
    ),
    tr("the others get no weight, and each row still sums to 1"),
    tr("the others' logits become 0, which still has some weight"),
    tr("the others' weights become 0, and rows sum to less than 1"),
    tr("Attention, {second} minus {first}: {block}"),
    tr(
        "Rows and columns are channels, not places in the photo. Red is more in “{second}”, blue more in “{first}”; in "
        "the middle, entries kept by only one of them ({share} of all). It shows how far the attention moves; it does "
        "not show whether that helps."
    ),
    tr("How often each entry is dropped: {block}, {count} photos, prompt {prompt}"),
    tr(
        "Rows and columns are channels, not places in the photo. 0 is never dropped, 1 always; if photos decided at "
        "random, every entry would be near {expected}. For {share} of the entries all photos agree. It shows how far "
        "the mask is a habit of the model and how far it follows the photo; few photos make it coarse."
    ),
    # Features
    tr("Features: {block}, {count} channels"),
    tr(
        "From left to right what enters the block and what its parts make of it. Above, the mean magnitude over the "
        "channels, each picture on its own scale, which need not begin at 0; below, the first three principal "
        "components as red, green and blue, with the share of the variance they hold. Each has components of its own, "
        "so equal colours in two pictures do not mean equal features. One value stands for {size} pixels."
    ),
    tr("Strongest channels: {block}"),
    tr(
        "The channels that vary most over the region (their standard deviation in brackets) before and after the "
        "block; red is above the channel's mean, blue below, each on its own scale. The same number above and below is "
        "the same channel only in name: the block mixes them. It does not show which channels matter for the result."
    ),
    tr("F_n: enters the block"),
    tr("Q: after DGCPM"),
    tr("F_a: after the attention"),
    tr("F_b: after CAAPM"),
    tr("F_n + F_b: passed on"),
    # Clusters
    tr("Do degradations form clusters? {count} pictures, latent features"),
    tr(
        "One dot per picture: its latent features, averaged over the picture, placed by t-SNE and coloured by what the "
        "picture suffers from. Silhouette scores go from −1 to +1 (tight, separate clusters). In the middle each "
        "picture has the prompt of its own kind of damage, and the prompt itself moves pictures apart: two kinds may "
        "separate there though the photos say nothing. The control, all with the prompt {prompt}, has none of that; "
        "only what shows there comes from the photos, and even that may be scenes and cameras if each kind of damage "
        "comes from another collection. Distances between clusters in t-SNE mean little."
    ),
    tr("before the DGPB"),
    tr("after it, each with its own prompt"),
    tr("after it, all with one prompt"),
    tr("not defined"),
    # What matters
    tr("What does it matter: one part switched at a time"),
    tr(
        "Each bar is the same pass with one thing switched, in all blocks at once. {judged} It answers for this "
        "checkpoint and this region only: nothing was trained anew, so a large change says that the trained layers "
        "rely on that part, not that a network needs it."
    ),
    tr("With the model as it is the PSNR is {value} dB."),
    tr("Without a clean reference it does not tell whether a change is for the better."),
    tr("What does it matter: results, and differences to the unchanged model"),
    tr(
        "Each result and its difference to the unchanged model's result, grey where they are equal and full colour at "
        "±{value} levels of 255, the same for all. The difference picture shows where a switch acts, not whether it "
        "harms."
    ),
    tr("as it is"),
    tr("DGPB off"),
    tr("DGCPM off"),
    tr("CAAPM off"),
    tr("mask off"),
    tr("order of {prompt}"),
    tr("order identity"),
    tr("order random (seed {seed})"),
)
