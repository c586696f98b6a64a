"""Why a document store does not do what it should, in words for a person.

The library's own text is long and may hold a signed URL: nothing of it is repeated but what is looked for here.
"""

import os
import re

from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

STORE_ERRORS = (BaseError, OSError, NotImplementedError)
"""What obstore raises."""

_OS_ERROR = re.compile(r"\(os error (\d+)\)")
_STATUS = re.compile(r"status code: (\d{3}(?: [A-Za-z][A-Za-z -]*)?)")
_CODE = re.compile(r"<Code>([A-Za-z]{1,60})</Code>")
_NO_BUCKET = re.compile(r"NoSuchBucket|ContainerNotFound|The specified bucket does not exist")
_SAID = (
    (re.compile(r"169\.254\.169\.254|metadata\.google\.internal"), "there are no credentials for it"),
    (re.compile("redirect without LOCATION"), "it is in another region, or its address is wrong"),
    (re.compile("error sending request"), "it cannot be reached, or broke off"),
    (re.compile("error decoding response body|unexpected end|UnexpectedEof"), "it broke off in the middle"),
)


def is_no_bucket(error: BaseException) -> bool:
    """Whether the whole bucket is not there: that says nothing of the document."""
    return _NO_BUCKET.search(str(error)) is not None


def reason_of(error: Exception) -> str:
    """Why, in a few words."""
    text = str(error)
    if is_no_bucket(error):
        return "there is no such bucket"
    if isinstance(error, PermissionDeniedError | UnauthenticatedError):
        code = _CODE.search(text)
        return f"the store refuses us ({code[1] if code else 'credentials or rights'})"
    if number := _OS_ERROR.search(text):
        return os.strerror(int(number[1]))
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return next((words for sign, words in _SAID if sign.search(text)), None) or _answered(error, text)


def _answered(error: Exception, text: str) -> str:
    status = _STATUS.search(text)
    if status:
        return f"the store answers {status[1].strip()}"
    return text if type(error) is ValueError else type(error).__name__
