"""Documents in an object store that speaks S3: a real server, and what goes wrong on the way to one."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import date

import pytest

from integrations.document_store import CHUNK_BYTES, DocumentMissing, ObjectDocumentStore, StoredDocument
from integrations.faults import TransientFault
from tests.chaos.tcp_proxy import LOOPBACK, Side, TcpProxy
from tests.integrations.object_server import REGION, ObjectServer, object_server
from tests.integrations.scripted_server import Scripted, http, refusing_port, scripted_server

PDF = b"%PDF-1.7\x00\xff"
SHA256 = hashlib.sha256(PDF).hexdigest()
KEY = f"acme/{SHA256[:2]}/{SHA256}.pdf"
LONG = os.urandom(20 * CHUNK_BYTES + 1)
DAY = date(2036, 11, 22)

Opened = Callable[..., ObjectDocumentStore]


@pytest.fixture(scope="session")
def objects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    with object_server(tmp_path_factory.mktemp("objects")) as server:
        yield server


@pytest.fixture
def bucket(objects: ObjectServer) -> str:
    return objects.make_bucket()


@pytest.fixture
def opened(objects: ObjectServer, bucket: str, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """`opened()`: the bucket on the server; `opened(endpoint=..., url=...)`: over another way."""

    def open_(
        endpoint: str = objects.url, url: str = f"s3://{bucket}/papers", seconds: float = 20
    ) -> ObjectDocumentStore:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "tester",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": REGION,
            "AWS_ENDPOINT": endpoint,
            "AWS_ALLOW_HTTP": "true",
        }.items():
            monkeypatch.setenv(name, value)
        return ObjectDocumentStore(url, seconds)

    return open_


@pytest.fixture
async def proxy(objects: ObjectServer) -> AsyncIterator[TcpProxy]:
    proxy = TcpProxy(objects.port)
    await proxy.start()
    yield proxy
    await proxy.stop()


async def put(store: ObjectDocumentStore, content: bytes = PDF) -> StoredDocument:
    return await store.put("acme", content, "application/pdf", ".pdf", DAY)


def through(proxy: TcpProxy) -> str:
    return f"http://{LOOPBACK}:{proxy.port}"


async def test_a_document_lies_under_the_hash_of_its_content(
    objects: ObjectServer, bucket: str, opened: Opened
) -> None:
    store = opened()
    assert await put(store) == StoredDocument(KEY, SHA256, len(PDF))
    assert await store.get(KEY) == PDF
    assert objects.keys_in(bucket) == [f"papers/{KEY}"]


async def test_the_server_is_told_what_it_is_and_how_long_it_must_be_kept(
    objects: ObjectServer, bucket: str, opened: Opened
) -> None:
    await put(opened())
    headers = objects.headers_of(bucket, f"papers/{KEY}")
    assert (headers["content-type"], headers["x-amz-meta-retain-until"]) == ("application/pdf", "2036-11-22")


async def test_putting_it_again_writes_nothing(objects: ObjectServer, bucket: str, opened: Opened) -> None:
    store = opened()
    await put(store)
    before = objects.headers_of(bucket, f"papers/{KEY}")["last-modified"]
    await store.put("acme", PDF, "text/plain", ".pdf")
    after = objects.headers_of(bucket, f"papers/{KEY}")
    assert (after["last-modified"], after["content-type"]) == (before, "application/pdf")


async def test_the_same_document_put_by_many_at_once_is_there_once(
    objects: ObjectServer, bucket: str, opened: Opened
) -> None:
    stores = [opened() for _ in range(4)]
    stored = await asyncio.gather(*(put(stores[number % 4], LONG) for number in range(12)))
    assert len({document.key for document in stored}) == 1
    assert len(objects.keys_in(bucket)) == 1
    assert await stores[0].get(stored[0].key) == LONG


async def test_other_content_under_its_key_is_put_right(objects: ObjectServer, bucket: str, opened: Opened) -> None:
    objects.put(bucket, f"papers/{KEY}", b"damaged")
    store = opened()
    await put(store)
    assert await store.get(KEY) == PDF


async def test_a_long_document_is_streamed_in_chunks(opened: Opened) -> None:
    store = opened()
    stored = await put(store, LONG)
    chunks = [chunk async for chunk in store.stream(stored.key)]
    assert b"".join(chunks) == LONG
    assert len(chunks) > 1


async def test_a_document_that_is_not_there_is_missing(opened: Opened) -> None:
    with pytest.raises(DocumentMissing):
        await opened().get(KEY)


async def test_a_bucket_that_is_not_there_says_nothing_of_the_document(opened: Opened) -> None:
    store = opened(url="s3://nobody-made-this")
    for attempt in (put(store), store.get(KEY)):
        with pytest.raises(TransientFault, match="there is no such bucket"):
            await attempt


async def test_wrong_credentials_are_named_and_the_document_is_stored_once_they_are_right(
    objects: ObjectServer, opened: Opened
) -> None:
    store = opened()
    with objects.checking_credentials():
        for attempt in (put(store), store.get(KEY)):
            with pytest.raises(TransientFault, match=r"the store refuses us \(InvalidAccessKeyId\)"):
                await attempt
    await put(store)
    assert await store.get(KEY) == PDF


@pytest.mark.parametrize("answer", ["500 Internal Server Error", "503 Service Unavailable"])
async def test_a_server_in_trouble_is_asked_again_and_then_left_to_the_retry(opened: Opened, answer: str) -> None:
    status = int(answer[:3])
    async with scripted_server(*(http(status) for _ in range(3))) as server:
        with pytest.raises(TransientFault, match=f"cannot be stored now: the store answers {status}"):
            await put(opened(endpoint=server.url))
        assert len(server.received) == 3


async def test_a_short_trouble_is_not_noticed(opened: Opened) -> None:
    async with scripted_server(http(503), http(200, headers={"ETag": '"1"'})) as server:
        await put(opened(endpoint=server.url))
        assert [request.headers["if-none-match"] for request in server.received] == ["*", "*"]


async def test_a_server_that_nobody_reaches_is_waited_for(opened: Opened) -> None:
    with refusing_port() as port:
        store = opened(endpoint=f"http://{LOOPBACK}:{port}")
        for attempt in (put(store), store.get(KEY)):
            with pytest.raises(TransientFault, match="it cannot be reached, or broke off"):
                await attempt


async def test_a_server_in_another_region_is_told_apart(opened: Opened) -> None:
    async with scripted_server(http(301)) as server:
        with pytest.raises(TransientFault, match="it is in another region"):
            await put(opened(endpoint=server.url))


async def test_what_somebody_else_is_storing_is_left_to_the_retry(opened: Opened) -> None:
    async with scripted_server(http(412), http(404)) as server:
        with pytest.raises(TransientFault, match="somebody else is storing it"):
            await put(opened(endpoint=server.url))


async def test_an_upload_that_is_cut_leaves_nothing_and_is_made_up_for(
    objects: ObjectServer, bucket: str, opened: Opened, proxy: TcpProxy
) -> None:
    store = opened(endpoint=through(proxy))
    await proxy.cut_after(Side.TO_SERVER, 100_000, connections=100)
    with pytest.raises(TransientFault, match="broke off"):
        await put(store, LONG)
    assert proxy.counts["cut"] > 0
    assert objects.keys_in(bucket) == []
    await proxy.calm()
    stored = await put(store, LONG)
    assert await store.get(stored.key) == LONG


async def test_a_download_that_is_cut_once_goes_on_where_it_was(opened: Opened, proxy: TcpProxy) -> None:
    stored = await put(opened(), LONG)
    await proxy.cut_after(Side.TO_CLIENT, 300_000, connections=1)
    assert await opened(endpoint=through(proxy)).get(stored.key) == LONG
    assert proxy.counts["cut"] == 1


async def test_a_download_that_is_cut_again_and_again_never_ends_as_a_shorter_document(
    opened: Opened, proxy: TcpProxy
) -> None:
    stored = await put(opened(), LONG)
    store = opened(endpoint=through(proxy))
    received = bytearray()

    async def read() -> None:
        async for chunk in store.stream(stored.key):
            received.extend(chunk)

    await proxy.cut_after(Side.TO_CLIENT, 300_000, connections=100)
    with pytest.raises(TransientFault, match="broke off"):
        await read()
    assert len(received) < len(LONG)
    await proxy.calm()
    assert await store.get(stored.key) == LONG


async def test_a_slow_server_has_its_time_and_no_more(opened: Opened, proxy: TcpProxy) -> None:
    store = opened(endpoint=through(proxy), seconds=0.5)
    await proxy.stall()
    attempts: list[Callable[[], Awaitable[object]]] = [lambda: put(store), lambda: store.get(KEY)]
    for attempt in attempts:
        with pytest.raises(TransientFault, match="no answer in time"):
            await attempt()
    await proxy.calm()
    await put(store)
    assert await store.get(KEY) == PDF


async def test_a_signed_address_is_in_no_fault(opened: Opened) -> None:
    body = "<Error><Code>AccessDenied</Code><Message>X-Amz-Signature=abc at /papers</Message></Error>"
    async with scripted_server(http(403, body), Scripted()) as server:
        with pytest.raises(TransientFault) as fault:
            await put(opened(endpoint=server.url))
    assert str(fault.value) == "The document cannot be stored now: the store refuses us (AccessDenied)."
