"""How a validator of an update refuses: with a sentence for a person, and without an event in the history."""

from temporalio.exceptions import ApplicationError


def refuse_if(refusal: str | None) -> None:
    """Refuse for this reason, if there is one.

    Raises:
        ApplicationError: of type `Refused`; whoever sent the update reads the sentence.
    """
    if refusal is not None:
        raise ApplicationError(refusal, type="Refused", non_retryable=True)
