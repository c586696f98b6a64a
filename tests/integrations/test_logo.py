import asyncio
import gzip
from collections.abc import Collection

import pytest

from integrations.logo import KEPT_LOGOS, HttpLogoSource, LogoImage, LogoUnusable
from tests.integrations.certificates import TestTls
from tests.integrations.pictures import raster, svg
from tests.integrations.scripted_server import (
    CUT,
    HALF_A_BODY,
    SILENCE,
    Scripted,
    http,
    refusing_port,
    scripted_server,
)

PNG = raster("PNG")
HERE = ["127.0.0.1"]


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


async def fetch(url: str, allowed: Collection[str] = HERE, timeout_seconds: float = 5) -> LogoImage:
    return await HttpLogoSource(allowed, timeout_seconds).fetch(url)


class TestPictures:
    async def test_a_logo_is_fetched(self) -> None:
        async with scripted_server(http(200, PNG, {"Content-Type": "text/plain"})) as server:
            assert await fetch(f"{server.url}/logo%20a.png?v=1") == LogoImage(PNG, "image/png")
        [request] = server.received
        assert request.target == "/logo%20a.png?v=1"
        assert request.headers["host"] == server.url.removeprefix("http://")

    async def test_a_compressed_svg_is_unpacked(self) -> None:
        answer = http(200, gzip.compress(svg()), {"Content-Encoding": "gzip"})
        async with scripted_server(answer) as server:
            assert await fetch(server.url) == LogoImage(svg(), "image/svg+xml")

    async def test_a_web_page_instead_of_a_logo_is_unusable(self) -> None:
        async with scripted_server(http(200, "<html/>", {"Content-Type": "image/png"})) as server:
            with pytest.raises(LogoUnusable, match="no SVG picture"):
                await fetch(server.url)

    @pytest.mark.parametrize("size", [1024 * 1024 + 1, 3_000_000])
    async def test_more_than_a_mebibyte_is_unusable(self, size: int) -> None:
        async with scripted_server(http(200, b"x" * size)) as server:
            with pytest.raises(LogoUnusable, match="larger than 1 MiB"):
                await fetch(server.url)

    async def test_a_compressed_bomb_is_unusable(self) -> None:
        answer = http(200, gzip.compress(b"\0" * 50_000_000), {"Content-Encoding": "gzip"})
        async with scripted_server(answer) as server:
            with pytest.raises(LogoUnusable, match="larger than 1 MiB"):
                await fetch(server.url)

    @pytest.mark.parametrize(
        ("answer", "sentence"),
        [
            (http(404), "answered 404"),
            (http(500), "answered 500"),
            (CUT, "cannot be reached, or broke off"),
            (HALF_A_BODY, "cannot be reached, or broke off"),
            (Scripted(b"what?\r\n\r\n"), "cannot be reached, or broke off"),
            (SILENCE, "did not answer in time"),
            (Scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", drip=b" "), "did not answer in time"),
        ],
    )
    async def test_a_server_in_trouble_makes_the_logo_unusable(self, answer: Scripted, sentence: str) -> None:
        async with scripted_server(answer) as server:
            with pytest.raises(LogoUnusable, match=sentence):
                await fetch(server.url, timeout_seconds=1)

    async def test_a_server_that_is_down_makes_the_logo_unusable(self) -> None:
        with refusing_port() as port, pytest.raises(LogoUnusable, match="cannot be reached"):
            await fetch(f"http://127.0.0.1:{port}/logo.png")

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "logo.png",
            "/logo.png",
            "ftp://127.0.0.1/logo.png",
            "file:///etc/passwd",
            "data:image/png;base64,AAAA",
            "http://",
            "http://user:secret@127.0.0.1/logo.png",
            "http://127.0.0.1:99999/",
            "http://exa mple.com/",
            f"http://{'a' * 64}.example/",
            "http://[::1",
            "http://127.0.0.1/\x00",
        ],
    )
    async def test_a_url_that_leads_nowhere_is_unusable(self, url: str) -> None:
        with pytest.raises(LogoUnusable, match="The logo's") as caught:
            await fetch(url)
        assert "secret" not in str(caught.value)


class TestHouse:
    """A tenant's URL must not make us call at our own house."""

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.0.0.1", "0.0.0.0"])
    async def test_no_spelling_of_loopback_gets_in(self, host: str) -> None:
        async with scripted_server(http(200, PNG)) as server:
            port = server.url.rpartition(":")[2]
            with pytest.raises(LogoUnusable, match="not on the public internet"):
                await fetch(f"http://{host}:{port}/logo.png", allowed=[])
        assert not server.received

    @pytest.mark.parametrize("url", ["http://169.254.169.254/latest", "http://[::1]/", "http://[::ffff:10.0.0.1]/"])
    async def test_neither_do_private_addresses(self, url: str) -> None:
        with pytest.raises(LogoUnusable, match="not on the public internet"):
            await fetch(url)

    async def test_an_allowed_host_is_allowed_by_its_name_only(self) -> None:
        async with scripted_server(http(200, PNG)) as server:
            port = server.url.rpartition(":")[2]
            assert await fetch(f"http://LOCALHOST:{port}/", allowed=["localhost"])
            with pytest.raises(LogoUnusable, match="not on the public internet"):
                await fetch(f"http://127.0.0.1:{port}/", allowed=["localhost"])

    async def test_a_redirect_is_followed(self) -> None:
        async with scripted_server(http(302, "", {"Location": "/real.png"}), http(200, PNG)) as server:
            assert await fetch(f"{server.url}/old.png") == LogoImage(PNG, "image/png")
        assert [request.target for request in server.received] == ["/old.png", "/real.png"]

    @pytest.mark.parametrize("location", ["http://localhost:{port}/", "//localhost:{port}/", "http://169.254.169.254/"])
    async def test_a_redirect_does_not_lead_into_the_house(self, location: str) -> None:
        async with scripted_server() as server:
            target = location.format(port=server.url.rpartition(":")[2])
            server.script += [http(302, "", {"Location": target}), http(200, PNG)]
            with pytest.raises(LogoUnusable, match="not on the public internet"):
                await fetch(server.url)
        assert len(server.received) == 1

    @pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/", "http://[::1"])
    async def test_a_redirect_stays_on_the_web(self, location: str) -> None:
        async with scripted_server(http(302, "", {"Location": location})) as server:
            with pytest.raises(LogoUnusable):
                await fetch(server.url)
        assert len(server.received) == 1

    async def test_three_redirects_are_followed_and_not_a_fourth(self) -> None:
        again = http(307, "", {"Location": "/again"})
        async with scripted_server(again, again, again, http(200, PNG)) as server:
            assert await fetch(server.url)
        async with scripted_server(again, again, again, again, http(200, PNG)) as server:
            with pytest.raises(LogoUnusable, match="more than 3 times"):
                await fetch(server.url)

    async def test_the_certificate_must_be_that_of_the_name(self, tls: TestTls) -> None:
        async with scripted_server(http(200, PNG), tls=tls.server) as server:
            source = HttpLogoSource(["localhost", "127.0.0.1"], 5, tls=tls.client)
            port = server.url.rpartition(":")[2]
            assert await source.fetch(f"https://localhost:{port}/")
            with pytest.raises(LogoUnusable, match="cannot be reached"):
                await source.fetch(f"https://127.0.0.1:{port}/")

    async def test_an_unknown_certificate_is_no_logo(self, tls: TestTls) -> None:
        async with scripted_server(http(200, PNG), tls=tls.server) as server:
            with pytest.raises(LogoUnusable, match="cannot be reached"):
                await fetch(server.url.replace("127.0.0.1", "localhost"), allowed=["localhost"])


class TestCache:
    async def test_a_logo_is_kept_for_five_minutes(self) -> None:
        clock = Clock()
        source = HttpLogoSource(HERE, 5, now=clock)
        async with scripted_server(http(200, PNG), http(200, svg())) as server:
            await source.fetch(server.url)
            clock.seconds += 299
            assert (await source.fetch(server.url)).media_type == "image/png"
            clock.seconds += 2
            assert (await source.fetch(server.url)).media_type == "image/svg+xml"

    async def test_a_failure_is_kept_for_half_a_minute(self) -> None:
        clock = Clock()
        source = HttpLogoSource(HERE, 5, now=clock)
        async with scripted_server(http(404), http(200, PNG)) as server:
            for _ in range(2):
                with pytest.raises(LogoUnusable, match="answered 404"):
                    await source.fetch(server.url)
            clock.seconds += 31
            assert await source.fetch(server.url)
        assert len(server.received) == 2

    async def test_fifty_callers_at_once_fetch_it_once(self) -> None:
        release = asyncio.Event()
        source = HttpLogoSource(HERE, 5)
        async with scripted_server(http(200, PNG, after=release)) as server:
            callers = [asyncio.create_task(source.fetch(server.url)) for _ in range(50)]
            await server.asked.wait()
            release.set()
            assert set(await asyncio.gather(*callers)) == {LogoImage(PNG, "image/png")}
        assert len(server.received) == 1

    async def test_only_so_many_are_kept_and_the_oldest_go_first(self) -> None:
        source = HttpLogoSource(HERE, 5)
        async with scripted_server(*[http(200, PNG)] * (KEPT_LOGOS + 2)) as server:
            for number in range(KEPT_LOGOS + 1):
                await source.fetch(f"{server.url}/{number}")
            await source.fetch(f"{server.url}/{KEPT_LOGOS}")
            assert len(server.received) == KEPT_LOGOS + 1
            await source.fetch(f"{server.url}/0")
        assert len(server.received) == KEPT_LOGOS + 2

    async def test_cookies_do_not_follow_from_one_tenants_logo_to_the_next(self) -> None:
        source = HttpLogoSource(HERE, 5)
        answers = http(200, PNG, {"Set-Cookie": "who=acme; Path=/"}), http(200, PNG)
        async with scripted_server(*answers) as server:
            await source.fetch(f"{server.url}/1")
            await source.fetch(f"{server.url}/2")
        assert "cookie" not in server.received[1].headers
