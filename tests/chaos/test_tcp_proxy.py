"""The proxy cuts where it says, and nothing else changes on the way."""

import asyncio
from collections.abc import AsyncIterator
from time import monotonic

import pytest

from tests.chaos.tcp_proxy import LOOPBACK, Side, TcpProxy

WORDS = bytes(range(256)) * 1024
SECONDS = 5


@pytest.fixture
async def proxy() -> AsyncIterator[TcpProxy]:
    """In front of a server that repeats what it hears."""

    async def repeat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(65_536):
                writer.write(chunk)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(repeat, LOOPBACK, 0)
    proxy = TcpProxy(server.sockets[0].getsockname()[1])
    await proxy.start()
    yield proxy
    await proxy.stop()
    server.close()


async def said_through(proxy: TcpProxy, words: bytes = WORDS) -> bytes:
    """What comes back until the connection ends, of words that end with the end of the sender's side."""
    reader, writer = await asyncio.open_connection(LOOPBACK, proxy.port)
    received = bytearray()
    try:
        async with asyncio.timeout(SECONDS):
            sending = asyncio.ensure_future(say(writer, words))
            while chunk := await reader.read(65_536):
                received += chunk
            await sending
    except OSError:
        pass
    finally:
        writer.close()
    return bytes(received)


async def say(writer: asyncio.StreamWriter, words: bytes) -> None:
    try:
        writer.write(words)
        await writer.drain()
        writer.write_eof()
    except OSError:
        pass


async def test_words_pass_as_they_are(proxy: TcpProxy) -> None:
    assert await said_through(proxy) == WORDS
    assert proxy.counts == {"accepted": 1}


@pytest.mark.parametrize("length", [0, 1, 70_001])
async def test_an_answer_is_cut_after_just_so_many_bytes(proxy: TcpProxy, length: int) -> None:
    await proxy.cut_after(Side.TO_CLIENT, length, connections=1)
    assert await said_through(proxy) == WORDS[:length]
    assert await said_through(proxy) == WORDS
    assert proxy.counts["cut"] == 1


async def test_a_request_is_cut_after_just_so_many_bytes(proxy: TcpProxy) -> None:
    """The server has had that part, and answered it where it could."""
    await proxy.cut_after(Side.TO_SERVER, 1000, connections=2)
    for _ in range(2):
        assert len(await said_through(proxy)) <= 1000
    assert await said_through(proxy) == WORDS


async def test_connections_that_were_there_count_from_the_plan_on(proxy: TcpProxy) -> None:
    reader, writer = await asyncio.open_connection(LOOPBACK, proxy.port)
    writer.write(b"before")
    assert await reader.readexactly(6) == b"before"
    await proxy.cut_after(Side.TO_CLIENT, 3, connections=1)
    writer.write(b"after")
    assert await reader.read() == b"aft"
    writer.close()


async def test_everything_is_cut_at_once(proxy: TcpProxy) -> None:
    reader, writer = await asyncio.open_connection(LOOPBACK, proxy.port)
    writer.write(b"x")
    await reader.readexactly(1)
    assert await proxy.cut_now() == 1
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(reader.readexactly(1), SECONDS)
    writer.close()


async def test_a_refusing_proxy_is_back_at_the_same_port(proxy: TcpProxy) -> None:
    port = proxy.port
    await proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(LOOPBACK, port)
    await proxy.calm()
    assert proxy.port == port
    assert await said_through(proxy) == WORDS


async def test_a_stalled_proxy_accepts_and_says_nothing_until_it_is_calm(proxy: TcpProxy) -> None:
    await proxy.stall()
    speaking = asyncio.ensure_future(said_through(proxy, b"hello"))
    done, _ = await asyncio.wait([speaking], timeout=0.2)
    assert not done
    await proxy.calm()
    assert await speaking == b"hello"
    assert proxy.counts["stalled"] == 1


async def test_a_delay_is_waited_each_way(proxy: TcpProxy) -> None:
    await proxy.delay(0.1)
    began = monotonic()
    assert await said_through(proxy, b"hello") == b"hello"
    assert monotonic() - began >= 0.2


async def test_a_server_that_is_away_is_a_connection_that_ends(proxy: TcpProxy) -> None:
    lonely = TcpProxy(1)
    await lonely.start()
    assert await said_through(lonely, b"hello") == b""
    assert lonely.counts["refused"] == 1
    await lonely.stop()
