"""Collecting what a round has left behind."""

import signal
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from demo.evidence import Evidence, JobName, Pdf
from demo.mail_sink.mailbox import Mail, read_mail
from demo.pdf_text import pdf_text
from demo.screen import Bar
from demo.service import InvoiceService
from demo.service_bodies import JobOrder
from demo.shop_books import ShopBooks

PDFS_FOR_MORE_PROCESSES = 100


def gather(
    service: InvoiceService,
    shop: ShopBooks,
    jobs: Mapping[JobName, str],
    *,
    mails: list[Mail],
    pdf_folder: Path,
    bar: Bar,
) -> Evidence:
    """Read answers and books, and download every PDF into `pdf_folder` as `{number}.pdf`; `bar` counts these."""
    answers = {name: list(service.orders(job_id)) for name, job_id in jobs.items()}
    pdf_folder.mkdir(parents=True, exist_ok=True)
    files = dict(_download(service, (order for orders in answers.values() for order in orders), pdf_folder))
    pdfs = {}
    for (number, file), text in zip(files.items(), _texts(list(files.values())), strict=True):
        pdfs[number] = Pdf(file, text)
        bar.move(len(pdfs), len(files))
    return Evidence(answers, shop.books(), mails, pdfs)


def mail_number(path: Path) -> int:
    """The running number with which a mail's file name begins; 0 where there is none."""
    number = path.name.partition("-")[0]
    return int(number) if number.isdecimal() else 0


def last_mail(folder: Path) -> int:
    """The running number of the last mail in the sink's folder, 0 when it is empty."""
    return max(map(mail_number, folder.glob("*.eml")), default=0)


def mails_since(folder: Path, last: int) -> list[Mail]:
    """The mails after number `last`, in the order of delivery."""
    return [read_mail(path) for path in sorted(folder.glob("*.eml")) if mail_number(path) > last]


def _download(service: InvoiceService, orders: Iterable[JobOrder], folder: Path) -> Iterator[tuple[str, Path]]:
    for order in orders:
        if order.order_status == "SUCCESS" and order.invoice_number and order.download_link:
            file = folder / f"{order.invoice_number}.pdf"
            file.write_bytes(service.download(order.download_link))
            yield order.invoice_number, file


def _texts(files: list[Path]) -> Iterator[str | None]:
    """Reading a PDF takes a tenth of a second of computing, so that many are read on all cores."""
    if len(files) < PDFS_FOR_MORE_PROCESSES:
        yield from map(pdf_text, files)
        return
    # Not forked: a thread of ours may hold a lock in the moment of the fork. Ctrl-C is for us to hear.
    deaf = (signal.SIGINT, signal.SIG_IGN)
    with ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=signal.signal, initargs=deaf) as pool:
        yield from pool.map(pdf_text, files, chunksize=10)
