"""`Idempotency-Key`: a request that is sent twice under one key is done once.

    keyed = keyed_request(access.tenant, "createContact", key, request_hash(data))
    if (code := await made_before(session, keyed)) is not None:
        return answer(await _answer_of(session, code), 201)
    ... make it ...
    await remember(session, keyed, code)

Without a key every request is a new one: `keyed_request` gives None, and both functions take it.
"""

import hashlib
from typing import Annotated

from litestar.params import HeaderParameter
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from api.deskera import to_json
from api.errors.api_error import ApiError
from database import idempotency
from database.idempotency import KeyedRequest, KeyReused

LONGEST_KEY = 255
HEADER = "Idempotency-Key"

IdempotencyKey = Annotated[str | None, HeaderParameter(name=HEADER, min_length=1, max_length=LONGEST_KEY)]
"""The header, as an argument of a handler; give it the default None."""


def request_hash(body: object) -> str:
    """Tells two requests apart: equal bodies have equal hashes, however their members are ordered.

    Takes JSON (numbers as `Decimal`), a pydantic model or a list of them; a model counts as read, so members that it
    ignores make no difference.
    """
    return hashlib.sha256(to_json(_ordered(body))).hexdigest()


def keyed_request(tenant: str, operation: str, key: str | None, body_hash: str) -> KeyedRequest | None:
    """The request under its key, None where it has none."""
    return KeyedRequest(tenant, operation, key, body_hash) if key else None


async def made_before(session: AsyncSession, keyed: KeyedRequest | None) -> str | None:
    """What this request made before, None the first time (and always without a key).

    Raises:
        ApiError: 409, the key came before with another body.
    """
    if keyed is None:
        return None
    try:
        return await idempotency.made_before(session, keyed)
    except KeyReused:
        raise ApiError(409, f"The {HEADER} was used with another body", field=HEADER) from None


async def remember(session: AsyncSession, keyed: KeyedRequest | None, subject: str) -> None:
    """Note what the request made: a code or id, to answer a repeat with."""
    if keyed is not None:
        await idempotency.remember(session, keyed, subject)


def _ordered(body: object) -> object:
    match body:
        case BaseModel():
            return _ordered(body.model_dump())
        case dict():
            return {str(name): _ordered(body[name]) for name in sorted(body, key=str)}
        case list() | tuple():
            return [_ordered(part) for part in body]
    return body
