"""Mails that came back, handed in over HTTP: for installations whose mail server can post them, or a script can.

A bounce is believed only about mails that were sent for the tenant, which it knows by their Message-ID, and says no
more than what became of them: whoever forges one must have had the mail.
"""

import asyncio
import base64
import binascii

from litestar import Controller, Request, Response, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.status_codes import HTTP_200_OK
from sqlalchemy.ext.asyncio import AsyncSession

from api.deskera import answer
from api.errors.api_error import ApiError
from api.mails.bodies import recipient_json
from api.requests.json_request import parse_json
from api.requests.streamed_bodies import BASE64_MEMBER, BYTES, takes
from api.security.access import INVOICE_MANAGE, Access
from database import bounces
from integrations.bounce_report import NotABounce, read_bounce
from invoicing.bounce import Bounce

MESSAGES = frozenset({"message/rfc822", "message/global"})
JSON = "application/json"
REFUSAL = "The bounce is not valid"

Caller = Request[object, Access, State]


class BounceController(Controller):
    """Delivery reports (RFC 3464, RFC 6533) and older bounces."""

    path = "/invoice/{tenant:str}/bounces"
    tags = ["Mails"]  # noqa: RUF012 -- Litestar's own way to declare it

    @post(
        operation_id="takeInBounce",
        summary="Hand in a mail that came back",
        status_code=HTTP_200_OK,
        operation_class=takes(dict.fromkeys(sorted(MESSAGES), BYTES) | {JSON: BASE64_MEMBER}),
        opt={"scopes": [INVOICE_MANAGE]},
    )
    async def take_in(
        self, request: Caller, session: NamedDependency[AsyncSession], access: NamedDependency[Access]
    ) -> Response[bytes]:
        """The message as it came (`message/rfc822`), or `{"raw": "..."}` with its Base64 form (`application/json`).

        Handing it in again changes nothing. 404 where it is about no mail that was sent for the tenant.
        """
        raw = await _raw(request)
        bounce = await asyncio.to_thread(_read, raw)
        recorded = await bounces.record(session, bounce, tenant=access.tenant)
        if recorded is None:
            raise ApiError(404, "The bounce is about no mail that was sent for this tenant")
        first = recorded.recipients[0]
        return answer(
            {
                "messageId": first.message_id,
                "invoiceId": str(first.invoice_id),
                "recipients": [recipient_json(row) for row in recorded.recipients],
            }
        )


async def _raw(request: Caller) -> bytes:
    media_type, _ = request.content_type
    if media_type in MESSAGES:
        return await request.body()
    if media_type != JSON:
        raise ApiError(415, f"The body must be a mail ({' or '.join(sorted(MESSAGES))}) or JSON")
    body = parse_json(await request.body())
    raw = body.get("raw") if isinstance(body, dict) else None
    if not isinstance(raw, str):
        raise ApiError(400, REFUSAL, field="raw")
    try:
        return base64.b64decode("".join(raw.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ApiError(400, "raw must be the Base64 form of the message", field="raw") from None


def _read(raw: bytes) -> Bounce:
    try:
        return read_bounce(raw)
    except NotABounce as error:
        raise ApiError(400, REFUSAL, details=[str(error)]) from None
