"""A mail sink in a thread of this process, on a free port: for tests."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from demo.mail_sink.certificate import server_context
from demo.mail_sink.mailbox import Mail, Mailbox, read_mails
from demo.mail_sink.serving import Encryption, Security, serve
from demo.mail_sink.sink import Login, Refusal, Sink, Stage

HOST = "127.0.0.1"
START_SECONDS = 10.0


@dataclass
class ServerThread:
    """The SMTP server in a thread; stopped and started again it keeps its port."""

    sink: Sink
    security: Security
    port: int = 0
    thread: threading.Thread | None = None
    loop: asyncio.AbstractEventLoop | None = None
    stopping: asyncio.Event | None = None

    def start(self) -> None:
        """Listen.

        Raises:
            TimeoutError: the server did not start.
        """
        listening = threading.Event()

        def listens(port: int) -> None:
            self.port = port
            listening.set()

        async def main() -> None:
            self.loop, self.stopping = asyncio.get_running_loop(), asyncio.Event()
            await serve(self.sink, (HOST, self.port), self.security, listens, self.stopping)

        self.thread = threading.Thread(target=asyncio.run, args=(main(),), name="mail sink", daemon=True)
        self.thread.start()
        if not listening.wait(START_SECONDS):
            raise TimeoutError(f"the mail sink did not start in {START_SECONDS} s")

    def stop(self) -> None:
        """Close the port and the connections."""
        if self.loop and self.stopping and self.thread:
            self.loop.call_soon_threadsafe(self.stopping.set)
            self.thread.join(START_SECONDS)


@dataclass
class RunningMailSink:
    """What a test may ask of a mail sink and do to it.

    Attributes:
        certificate: what a client must trust to speak TLS with it, None without TLS.
    """

    host: str
    port: int
    folder: Path
    sink: Sink
    thread: ServerThread
    certificate: Path | None

    @property
    def url(self) -> str:
        """As a settings value: `smtp://127.0.0.1:PORT`, with the login in it where there is one."""
        scheme = "smtps" if self.thread.security.encryption == "implicit" else "smtp"
        login = self.sink.login
        credentials = f"{quote(login.user, safe='')}:{quote(login.password, safe='')}@" if login else ""
        return f"{scheme}://{credentials}{self.host}:{self.port}"

    def mails(self) -> list[Mail]:
        """Every mail kept so far, in the order of delivery."""
        return read_mails(self.folder)

    def refuse(self, recipient_pattern: str, code: int, times: int | None = 1, *, stage: Stage = "rcpt") -> Refusal:
        """Refuse recipients that match (regular expression), `times` times (None: always); `struck` counts."""
        refusal = Refusal(recipient_pattern, code, times, stage)
        self.sink.refusals = [*self.sink.refusals, refusal]
        return refusal

    def drop_after_data(self, times: int = 1) -> None:
        """Keep so many mails without ever saying so: the connection closes instead of the answer to DATA."""
        self.sink.drops = times

    def clear_faults(self) -> None:
        """Let everything go well again."""
        self.sink.refusals, self.sink.drops = [], 0

    def client_context(self) -> ssl.SSLContext:
        """A client's TLS context that trusts this sink, and nobody else."""
        return ssl.create_default_context(cafile=self.certificate)

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        """Refuse connections meanwhile; afterwards the sink is back at the same address."""
        self.thread.stop()
        try:
            yield
        finally:
            self.thread.start()


@contextmanager
def running_mail_sink(
    folder: Path, *, login: Login | None = None, encryption: Encryption = "none", port: int = 0
) -> Iterator[RunningMailSink]:
    """A mail sink that delivers into `folder`; its certificate, if it has one, lies in `folder/tls`."""
    context, certificate = server_context(folder / "tls") if encryption != "none" else (None, None)
    sink = Sink(Mailbox(folder), login)
    thread = ServerThread(sink, Security(encryption, context), port)
    thread.start()
    try:
        yield RunningMailSink(HOST, thread.port, folder, sink, thread, certificate)
    finally:
        thread.stop()
