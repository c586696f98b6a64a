"""An API that answers what a test has written down, without a network."""

from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from demo.api_client import ApiClient
from demo.service import InvoiceService

CLIENT = ApiClient(client_id="demo", client_secret="geheim")
Answer = httpx.Response | httpx.TransportError


@dataclass
class ApiDouble:
    """Gives the answers of `script` in turn, and the last one for ever; tokens are `token-1`, `token-2`, ...

    Attributes:
        requests: what it was asked, tokens apart.
    """

    script: list[Answer | Callable[[httpx.Request], httpx.Response]]
    requests: list[httpx.Request] = field(default_factory=list)
    tokens: int = 0

    def service(self, patience_seconds: float = 5.0) -> InvoiceService:
        return InvoiceService("http://api", CLIENT, patience_seconds, httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            self.tokens += 1
            return httpx.Response(200, json={"access_token": f"token-{self.tokens}", "expires_in": 3600})
        self.requests.append(request)
        answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)


def job_body(*, total: int, pending: int, done: bool = False, orders: list[dict[str, str]] | None = None) -> object:
    """A job as the API shows it."""
    counts = {"total": total, "success": total - pending, "failure": 0, "held": 0, "pending": pending}
    status = "DONE" if done else "IN_PROGRESS"
    return {"jobId": "j", "jobStatus": status, "status": status, "counts": counts, "orders": orders or []}
