"""The service as any client sees it: HTTP, a bearer token, patience while the API is being started again."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Self

import httpx

from demo.api_client import TENANT, ApiClient
from demo.failure import DemoFailed
from demo.orders.exact_json import JsonObject, dump
from demo.service_bodies import JobCreated, JobOrder, JobView, TokenAnswer

TIMEOUT = httpx.Timeout(30.0, connect=5.0)
PATIENCE_SECONDS = 90.0
"""How long the API may be away; a start takes a few seconds."""
PAUSE_SECONDS = 0.2
TOKEN_MARGIN_SECONDS = 60
PAGE_SIZE = 500
JOBS = f"/invoice/{TENANT}/jobs/invoices"
"""The jobs of the demo's tenant."""


class ServiceRefused(DemoFailed):
    """The API answered that it will not.

    Attributes:
        status: the HTTP status.
    """

    def __init__(self, answer: httpx.Response) -> None:
        request = answer.request
        super().__init__(f"{request.method} {request.url.path} was answered {answer.status_code}: {answer.text[:300]}")
        self.status = answer.status_code


class InvoiceService:
    """A client of the API at `url`; every call is repeated while the API does not answer or answers 5xx.

    All calls may be repeated: those that create something answer 409 the second time, or carry an `Idempotency-Key`.

    Args:
        url: base URL of the API.
        client: who we are.
        tenant: whose client that is.
        patience_seconds: how long the API may be away.
        transport: stands in for the network.
    """

    def __init__(
        self,
        url: str,
        client: ApiClient,
        patience_seconds: float = PATIENCE_SECONDS,
        transport: httpx.BaseTransport | None = None,
        tenant: str = TENANT,
    ) -> None:
        self.tenant = tenant
        self._jobs = f"/invoice/{tenant}/jobs/invoices"
        self._client = client
        self._patience_seconds = patience_seconds
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT, trust_env=False, transport=transport)
        self._token = ""
        self._token_ends = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def log_in(self) -> None:
        """Get a token.

        Raises:
            ServiceRefused: 401, the service does not know this client.
        """
        answer = self._send("POST", "/oauth/token", data=self._client.form)
        token = TokenAnswer.model_validate_json(_accepted(answer).content)
        self._token = token.access_token
        self._token_ends = time.monotonic() + token.expires_in - TOKEN_MARGIN_SECONDS

    def start_job(self, order_ids: Sequence[str] | None, key: str) -> str:
        """Start a MANUAL job over orders, or an AUTOMATIC one (None); the same key gives the same job.

        Returns:
            The job's id.
        """
        body: JsonObject = {"jobType": "AUTOMATIC"}
        if order_ids is not None:
            body = {"jobType": "MANUAL", "orderIds": list(order_ids)}
        answer = _accepted(self.call("POST", self._jobs, body, {"Idempotency-Key": key}))
        return JobCreated.model_validate_json(answer.content).job_id

    def job(self, job_id: str) -> JobView:
        """How a job stands."""
        return self._page(job_id, 1, 1)

    def orders(self, job_id: str) -> Iterator[JobOrder]:
        """All orders of a job, page by page."""
        for number in range(1, 2 + self.job(job_id).counts.total // PAGE_SIZE):
            yield from self._page(job_id, number, PAGE_SIZE).orders

    def download(self, link: str) -> bytes:
        """What is behind a `downloadLink`."""
        return _accepted(self.call("GET", link)).content

    def create(self, path: str, body: object) -> bool:
        """POST something that may be there already; False if so."""
        answer = self.call("POST", path, body)
        if answer.status_code == httpx.codes.CONFLICT:
            return False
        _accepted(answer)
        return True

    def replace(self, path: str, body: object) -> None:
        """PUT."""
        _accepted(self.call("PUT", path, body))

    def read(self, path: str) -> httpx.Response:
        """GET."""
        return _accepted(self.call("GET", path))

    def call(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Any request, with a token; the answer may be a refusal."""
        if time.monotonic() >= self._token_ends:
            self.log_in()
        answer = self._authorised(method, path, body, headers)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self.log_in()
            answer = self._authorised(method, path, body, headers)
        return answer

    def _page(self, job_id: str, number: int, size: int) -> JobView:
        answer = self.read(f"{self._jobs}/{job_id}?pageNumber={number}&pageSize={size}")
        return JobView.model_validate_json(answer.content)

    def _authorised(self, method: str, path: str, body: object, headers: Mapping[str, str] | None) -> httpx.Response:
        sent = {"Authorization": f"Bearer {self._token}", **(headers or {})}
        content = None
        if body is not None:
            sent["Content-Type"] = "application/json"
            content = dump(body).encode()
        return self._send(method, path, headers=sent, content=content)

    def _send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        data: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        deadline = time.monotonic() + self._patience_seconds
        while True:
            try:
                answer = self._http.request(method, path, headers=headers, content=content, data=data)
            except httpx.TransportError as error:
                trouble = f"does not answer ({type(error).__name__})"
            else:
                if not answer.is_server_error:
                    return answer
                trouble = f"answers {answer.status_code}"
            if time.monotonic() > deadline:
                raise DemoFailed(f"the API at {self._http.base_url} {trouble}: look into its log")
            time.sleep(PAUSE_SECONDS)


def _accepted(answer: httpx.Response) -> httpx.Response:
    if not answer.is_success:
        raise ServiceRefused(answer)
    return answer
