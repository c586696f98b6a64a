"""An object store that speaks S3, as a process of its own on the loopback interface (moto's server)."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx

from demo.embedded.ports import LOOPBACK, free_ports
from demo.embedded.process import ChildProcess

REGION = "eu-central-1"
SIGNED = f"AWS4-HMAC-SHA256 Credential=tester/20260101/{REGION}/s3/aws4_request, SignedHeaders=host, Signature=00"
"""The server looks at no signature until it is told to; it only wants one to be there."""
NEVER = 10**9


@dataclass(frozen=True)
class ObjectServer:
    """A running server."""

    port: int

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def make_bucket(self) -> str:
        """A new bucket; its name."""
        name = f"documents-{uuid4().hex[:10]}"
        place = (
            f"<CreateBucketConfiguration><LocationConstraint>{REGION}</LocationConstraint></CreateBucketConfiguration>"
        )
        httpx.put(f"{self.url}/{name}", content=place, headers={"Authorization": SIGNED}).raise_for_status()
        return name

    def headers_of(self, bucket: str, key: str) -> httpx.Headers:
        """What the server says of an object."""
        answer = httpx.head(f"{self.url}/{bucket}/{key}", headers={"Authorization": SIGNED})
        return answer.raise_for_status().headers

    def keys_in(self, bucket: str) -> list[str]:
        """All keys of a bucket."""
        listed = httpx.get(f"{self.url}/{bucket}?list-type=2", headers={"Authorization": SIGNED}).raise_for_status()
        return [part.partition("</Key>")[0] for part in listed.text.split("<Key>")[1:]]

    def put(self, bucket: str, key: str, content: bytes) -> None:
        """Put an object past our own code."""
        headers = {"Authorization": SIGNED, "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
        httpx.put(f"{self.url}/{bucket}/{key}", content=content, headers=headers).raise_for_status()

    @contextmanager
    def checking_credentials(self) -> Iterator[None]:
        """Inside, nobody is known to the server."""
        httpx.post(f"{self.url}/moto-api/reset-auth", content="0").raise_for_status()
        try:
            yield
        finally:
            httpx.post(f"{self.url}/moto-api/reset-auth", content=str(NEVER)).raise_for_status()

    def is_up(self) -> bool:
        try:
            return httpx.get(f"{self.url}/moto-api/").is_success
        except httpx.HTTPError:
            return False


@contextmanager
def object_server(folder: Path) -> Iterator[ObjectServer]:
    """A server that forgets everything at its end."""
    server = ObjectServer(*free_ports(1))
    command = [str(Path(sys.executable).parent / "moto_server"), "--host", LOOPBACK, "--port", str(server.port)]
    process = ChildProcess("object store", command, folder / "moto.log", ready=server.is_up)
    process.start()
    try:
        yield server
    finally:
        process.stop()
