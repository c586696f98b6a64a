"""A render process: `python -m documents.render_process FOLDER` answers requests on standard input until that closes.

FOLDER is its own, for temporary files; it removes it when it ends, in case that its parent cannot.

It keeps WeasyPrint loaded and warm. Answers go to standard output; what else is written there is sent to standard
error. A thread reads the requests, so that the process ends with its parent even in the middle of a long PDF.
"""

import faulthandler
import gc
import os
import resource
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from shutil import rmtree
from types import TracebackType
from typing import BinaryIO

from documents.failures import StructuredInvoiceInvalid, TemplateFailed
from documents.frames import Answer, Message, framed, read_message, request_of
from documents.pdf import render
from documents.request import PrintRequest
from documents.sample import sample_invoice
from invoicing.document_forms import DocumentForm

Outcome = tuple[TemplateFailed | None, dict[DocumentForm, bytes]]
"""A fault, or what was made."""


def main() -> None:
    """Warm up, say so with an empty answer, then turn requests into documents."""
    # Ctrl-C and a polite stop are the parent's to handle; it closes our input when it is done with us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    faulthandler.enable()
    sys.excepthook = _name_the_error
    answers = _own_standard_output()
    requests: SimpleQueue[Message] = SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, requests, Path(sys.argv[1])), daemon=True).start()
    _send(answers, *_warm_up())
    _collect_between_documents()
    while True:
        _send(answers, *_answer(requests.get()))
        gc.collect()


def _collect_between_documents() -> None:
    """A document is all cycles, none of them garbage before its end: looking for some costs a tenth of its time."""
    gc.collect()
    gc.freeze()
    gc.disable()


def _name_the_error(kind: type[BaseException], _error: BaseException, _traceback: TracebackType | None) -> None:
    sys.stderr.write(f"a render process ends with {kind.__name__}\n")  # its message may quote the invoice


def _own_standard_output() -> BinaryIO:
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def _listen(stream: BinaryIO, requests: "SimpleQueue[Message]", folder: Path) -> None:
    try:
        while True:
            requests.put(read_message(stream))
    except EOFError:
        rmtree(folder, ignore_errors=True)
        os._exit(0)


def _warm_up() -> Outcome:
    try:
        render(PrintRequest(invoice=sample_invoice(), forms=(DocumentForm.PDF, DocumentForm.CII)), {})
    except (OSError, TemplateFailed) as error:
        return TemplateFailed(f"WeasyPrint does not work here: {str(error).partition(chr(10))[0]}"), {}
    return None, {}


def _answer(message: Message) -> Outcome:
    try:
        return None, render(*request_of(message))
    except TemplateFailed as failure:
        return failure, {}


def _send(answers: BinaryIO, fault: TemplateFailed | None, made: dict[DocumentForm, bytes]) -> None:
    answer = Answer(
        fault=str(fault or ""),
        is_form_invalid=isinstance(fault, StructuredInvoiceInvalid),
        forms=tuple(made),
        peak_memory=_peak_memory(),
    )
    with suppress(BrokenPipeError):  # the listener ends us
        answers.writelines(framed([answer.model_dump_json().encode(), *made.values()]))
        answers.flush()


def _peak_memory() -> int:
    """Bytes. Linux's `ru_maxrss` counts the parent's memory at the fork too: a fat worker would seem to leak here."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="ascii", errors="replace").splitlines()
        return 1024 * int(next(line.split()[1] for line in lines if line.startswith("VmHWM:")))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    main()
