"""One render process, seen from its parent."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Self

from documents.failures import RendererDied, RenderTimedOut, StructuredInvoiceInvalid, TemplateFailed
from documents.fonts import FONTCONFIG_FILE
from documents.frames import Answer, Message, framed, receive_message, request_message
from documents.request import Pictures, PrintRequest
from invoicing.document_forms import DocumentForm

ROOT = Path(__file__).parent.parent
HANDED_ON = ("DYLD_", "HOME", "HOMEBREW_", "LANG", "LC_", "LD_LIBRARY_PATH", "PATH", "PYTHON", "TZ", "VIRTUAL_ENV")
"""Environment variables, by their beginning, that a render process gets. It decodes strangers' images: no secrets."""
START_SECONDS = 60
STOP_SECONDS = 2


class RenderChild:
    """A warm process that makes one document at a time. Once it has failed to answer it is of no more use."""

    def __init__(self, process: Process, folder: Path) -> None:
        self._process = process
        self._folder = folder
        self._out_of_step = False
        self.documents = 0
        self.peak_memory = 0
        """Bytes."""

    @classmethod
    async def start(cls) -> Self:
        """Start a process with a folder of its own for font cache and temporary files, and wait until it is warm.

        Raises:
            RendererDied: it ended, or did not get ready; the message says why.
        """
        try:
            folder = Path(mkdtemp(prefix="invoices-render-"))
            child = cls(await _spawn(folder), folder)
        except OSError as error:
            raise RendererDied(f"a render process cannot be started: {error.strerror}") from None
        try:
            await child._exchange([], START_SECONDS)
        except TemplateFailed as fault:
            await child.stop()
            raise RendererDied(str(fault)) from None
        except BaseException:
            await child.kill()
            raise
        return child

    @property
    def usable(self) -> bool:
        """Whether it runs and waits for a request."""
        return self._process.returncode is None and not self._out_of_step

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def render(
        self, request: PrintRequest, pictures: Pictures, timeout_seconds: float
    ) -> dict[DocumentForm, bytes]:
        """Have the process make a document in the forms that are asked for.

        Raises:
            TemplateFailed: it cannot be made; of a structured form's fault, `StructuredInvoiceInvalid`.
            RenderTimedOut: not within the time.
            RendererDied: the process ended.
        """
        self.documents += 1
        return await self._exchange(request_message(request, pictures), timeout_seconds)

    async def stop(self) -> None:
        """End it: closing its input is enough, unless it is stuck outside Python."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._process.wait()
        except TimeoutError:
            await self.kill()
        rmtree(self._folder, ignore_errors=True)

    async def kill(self) -> None:
        """End it at once."""
        self._out_of_step = True
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        rmtree(self._folder, ignore_errors=True)

    async def _exchange(self, request: Message, timeout_seconds: float) -> dict[DocumentForm, bytes]:
        self._out_of_step = True  # until the answer is in: what interrupts us here leaves half a message in the pipe
        try:
            async with asyncio.timeout(timeout_seconds):
                answer, contents = await self._send_and_receive(request)
        except TimeoutError:
            raise RenderTimedOut(f"no document within {timeout_seconds:g} s") from None
        except (asyncio.IncompleteReadError, ConnectionError):
            code = await self._process.wait()
            raise RendererDied(f"a render process ended with {code}") from None
        self._out_of_step = False
        self.peak_memory = answer.peak_memory
        if answer.fault:
            raise (StructuredInvoiceInvalid if answer.is_form_invalid else TemplateFailed)(answer.fault)
        return dict(zip(answer.forms, contents, strict=True))

    async def _send_and_receive(self, request: Message) -> tuple[Answer, Message]:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise ConnectionError("a render process without pipes")
        if request:  # a new process speaks first, when it is warm
            stdin.writelines(framed(request))
            await stdin.drain()
        answer, *contents = await receive_message(stdout)
        return Answer.model_validate_json(answer), contents


async def _spawn(folder: Path) -> Process:
    arguments = (sys.executable, "-P", "-m", "documents.render_process", str(folder))
    return await asyncio.create_subprocess_exec(
        *arguments, stdin=PIPE, stdout=PIPE, env=_environment(folder), start_new_session=True
    )


def _environment(folder: Path) -> dict[str, str]:
    handed_on = {name: value for name, value in os.environ.items() if name.startswith(HANDED_ON)}
    path = [str(ROOT), *filter(None, [handed_on.get("PYTHONPATH")])]
    return handed_on | {
        "FONTCONFIG_FILE": str(FONTCONFIG_FILE),
        "PYTHONPATH": os.pathsep.join(path),
        "TMPDIR": str(folder),
        "XDG_CACHE_HOME": str(folder),
    }
