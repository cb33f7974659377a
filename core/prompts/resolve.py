"""Adds missing embeddings to a prompt bank."""

from collections.abc import Callable, Iterable, Mapping

from core.degradations import degradation
from core.errors import PromptError
from core.messages import message
from core.prompts.bank import PromptBank
from core.prompts.encoder import OpenClipEncoder, TextEncoder


def prompt_texts(keys: Iterable[str], *, simple: bool = False) -> dict[str, str]:
    """Return the prompts of degradations by key.

    Args:
        keys: keys of :data:`core.degradations.DEGRADATIONS`.
        simple: whether to take the short prompts of the simple 3-task checkpoint.

    Raises:
        RestorationError: there is no such degradation.
        PromptError: a degradation has no short prompt.
    """
    texts = {}
    for key in keys:
        entry = degradation(key)
        text = entry.simple_prompt if simple else entry.prompt
        if text is None:
            raise PromptError(
                message("The simple 3-task checkpoint has no prompt for {name}.", name=repr(str(entry.label)))
            )
        texts[key] = text
    return texts


def resolve(
    bank: PromptBank,
    prompts: Iterable[str] | Mapping[str, str],
    encoder_factory: Callable[[], TextEncoder] = OpenClipEncoder,
) -> PromptBank:
    """Return a bank with all the given prompts. The encoder is made only if one is missing.

    Args:
        bank: the checkpoint's prompt bank.
        prompts: keys of degradations, whose embedding is taken from the bank or made from the detailed prompt; or texts
            by key, and then an embedding in the bank is used only if it is of that text.
        encoder_factory: makes the encoder for missing embeddings.

    Returns:
        ``bank`` itself if nothing was missing, else a larger one.

    Raises:
        PromptError: an embedding is missing and cannot be added: the encoder is not available or not that of the bank,
            or the bank consists of random codes.
        RestorationError: a missing key is not a degradation.
    """
    if isinstance(prompts, Mapping):
        missing = {k: text for k, text in prompts.items() if k not in bank.prompts or bank.prompts[k].text != text}
    else:
        missing = prompt_texts(key for key in prompts if key not in bank.prompts)
    if not missing:
        return bank
    keys = [repr(key) for key in missing]
    if bank.is_random:
        raise PromptError(
            message(
                "This model was trained with {encoder}, so no text encoder can add {prompts}. Choose one of its "
                "prompts: {names}.",
                encoder=bank.encoder,
                prompts=keys,
                names=list(bank.names),
            )
        )
    encoder = encoder_factory()
    if encoder.identity != bank.encoder:
        raise PromptError(
            message(
                "{prompts} cannot be added: this model's prompts were made by {encoder}, and the available text "
                "encoder is {other}. Choose the model's encoder.",
                prompts=keys,
                encoder=repr(bank.encoder),
                other=repr(encoder.identity),
            )
        )
    rows = encoder.encode(list(missing.values()))
    return bank.with_prompts({key: (text, row) for (key, text), row in zip(missing.items(), rows, strict=True)})
