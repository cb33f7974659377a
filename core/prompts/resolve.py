"""From keys of degradations to a bank that holds them all."""

from collections.abc import Callable, Iterable, Mapping

from core.degradations import degradation
from core.errors import PromptError
from core.prompts.bank import PromptBank
from core.prompts.encoder import OpenClipEncoder, TextEncoder


def prompt_texts(keys: Iterable[str], *, simple: bool = False) -> dict[str, str]:
    """The prompts of degradations, by key.

    Args:
        keys: of :data:`core.degradations.DEGRADATIONS`.
        simple: take the short prompts of the simple 3-task checkpoint.

    Raises:
        RestorationError: there is no such degradation.
        PromptError: a degradation has no short prompt.
    """
    texts = {}
    for key in keys:
        entry = degradation(key)
        text = entry.simple_prompt if simple else entry.prompt
        if text is None:
            raise PromptError(f"The simple 3-task checkpoint knows no prompt for {entry.label!r}.")
        texts[key] = text
    return texts


def resolve(
    bank: PromptBank,
    wanted: Iterable[str] | Mapping[str, str],
    encoder_factory: Callable[[], TextEncoder] = OpenClipEncoder,
) -> PromptBank:
    """A bank with all embeddings that are wanted. The encoder is made only if one is missing.

    Args:
        bank: what the checkpoint carries.
        wanted: keys of degradations, whose embedding is the bank's or else that of the detailed prompt; or key to
            text, and then an embedding in the bank counts only if it is of that text.
        encoder_factory: makes the encoder for those missing.

    Returns:
        ``bank`` itself if nothing was missing, else a larger one.

    Raises:
        PromptError: something is missing and cannot be added: the encoder is not available or not the one that made
            the bank's embeddings, or no encoder made them.
        RestorationError: a missing key is no degradation.
    """
    if isinstance(wanted, Mapping):
        missing = {k: text for k, text in wanted.items() if k not in bank.prompts or bank.prompts[k].text != text}
    else:
        missing = prompt_texts(key for key in wanted if key not in bank.prompts)
    if not missing:
        return bank
    named = ", ".join(repr(key) for key in missing)
    if bank.is_random:
        raise PromptError(
            f"This model was trained with {bank.encoder}, so no text encoder can add {named}. "
            f"Choose one that it knows: {', '.join(bank.names)}."
        )
    encoder = encoder_factory()
    if encoder.identity != bank.encoder:
        raise PromptError(
            f"{named} cannot be added: this model's prompts are of {bank.encoder!r}, and the text encoder at hand is "
            f"{encoder.identity!r}. Choose that encoder."
        )
    rows = encoder.encode(list(missing.values()))
    return bank.with_prompts({key: (text, row) for (key, text), row in zip(missing.items(), rows, strict=True)})
