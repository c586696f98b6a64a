"""The token endpoint (Emporix A.0)."""

from urllib.parse import parse_qs

from litestar import Response, post

from demo.shop.parts import DeskPart, ShopRequest
from demo.shop.refusals import Refusal, answer_json
from demo.shop.tokens import SCOPES


@post("/oauth/token", status_code=200)
async def issue_token(request: ShopRequest, desk: DeskPart) -> Response[bytes]:
    """Client credentials, form encoded; without `scope` a token has all scopes."""
    form = parse_qs((await request.body()).decode(errors="replace"))
    if form.get("grant_type") != ["client_credentials"]:
        raise Refusal(400, {"error": "unsupported_grant_type"})
    token, tenant = desk.issue(form.get("client_id", [""])[0], form.get("client_secret", [""])[0])
    granted = set(form.get("scope", [SCOPES])[0].split()) & set(SCOPES.split())
    body = {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": int(desk.life_seconds),
        "session_idle_time": 120,
        "refresh_token": "",
        "refresh_token_expires_in": 0,
        "scope": " ".join([*sorted(granted), f"tenant={tenant}"]),
    }
    return answer_json(body)
