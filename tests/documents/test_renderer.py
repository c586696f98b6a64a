import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import documents
from documents.failures import RendererDied, RenderTimedOut, StructuredInvoiceInvalid, TemplateFailed
from documents.pdf import render
from documents.render_child import RenderChild
from documents.renderer import PdfRenderer
from documents.request import Picture, PrintRequest
from invoicing.document_forms import DocumentForm
from tests.documents.invoices import items, make_invoice
from tests.documents.pictures import picture
from tests.documents.printed import LOGO_URL, with_logo
from tests.waiting import eventually

ROOT = Path(documents.__file__).parents[1]
ONE_LINE = PrintRequest(invoice=make_invoice())
LONG = PrintRequest(invoice=make_invoice(items(150)))
"""Takes seconds: time to do something to the process meanwhile."""
OWNER = """
import asyncio, sys
from pathlib import Path
from documents.renderer import PdfRenderer
from documents.request import PrintRequest

async def main():
    renderer = PdfRenderer(1)
    await renderer.start()
    (child,) = renderer._children
    render = asyncio.create_task(renderer.render(PrintRequest.model_validate_json(Path(sys.argv[1]).read_bytes()), {}))
    while not child.documents:
        await asyncio.sleep(0.01)
    print(child.pid, child._folder, flush=True)
    await render

asyncio.run(main())
"""


@asynccontextmanager
async def running(renderer: PdfRenderer) -> AsyncIterator[PdfRenderer]:
    await renderer.start()
    try:
        yield renderer
    finally:
        await renderer.close()


@pytest.fixture(scope="module")
async def renderer() -> AsyncIterator[PdfRenderer]:
    async with running(PdfRenderer(2)) as renderer:
        yield renderer


def pids(renderer: PdfRenderer) -> set[int]:
    return {child.pid for child in renderer._children}


def busy(renderer: PdfRenderer) -> list[RenderChild]:
    idle = list(renderer._idle._queue)  # type: ignore[attr-defined]
    return [child for child in renderer._children if child not in idle]


def is_gone(pid: int) -> bool:
    """A zombie is gone: only its first parent, who is dead, would have asked for its status."""
    ps = ["ps", "-o", "stat=", "-p", str(pid)]
    state = subprocess.run(ps, check=False, capture_output=True, text=True, timeout=10).stdout.strip()
    return not state or state.startswith("Z")


def remains(folder: Path) -> bool:
    return folder.exists()


def is_pdf(made: dict[DocumentForm, bytes]) -> bool:
    return list(made) == [DocumentForm.PDF] and made[DocumentForm.PDF].startswith(b"%PDF")


def holds(condition: Callable[[], bool]) -> Callable[[], Awaitable[bool]]:
    async def asked() -> bool:
        return condition()

    return asked


async def test_a_render_process_makes_the_very_pdf_that_we_would_make(renderer: PdfRenderer) -> None:
    logo = Picture(content=picture("PNG", "RGBA", size=(300, 100)), media_type="image/png")
    request = PrintRequest(invoice=with_logo(make_invoice()))
    assert await renderer.render(request, {LOGO_URL: logo}) == render(request, {LOGO_URL: logo})


async def test_as_many_invoices_are_set_at_once_as_there_are_processes(renderer: PdfRenderer) -> None:
    renders = [asyncio.create_task(renderer.render(LONG, {})) for _ in range(3)]
    await eventually(holds(lambda: len(busy(renderer)) == 2), what="both at work")
    assert not any(render.done() for render in renders)
    assert len({made[DocumentForm.PDF] for made in await asyncio.gather(*renders)}) == 1
    assert busy(renderer) == []


async def test_a_fat_worker_does_not_make_its_processes_look_fat() -> None:
    ballast = bytearray(b"x" * 450 * 1024 * 1024)
    async with running(PdfRenderer(1)) as renderer:
        before = pids(renderer)
        await renderer.render(ONE_LINE, {})
        assert all(child.peak_memory < 300 * 1024 * 1024 for child in renderer._children)
        assert pids(renderer) == before
    del ballast


async def test_a_template_failure_comes_through_and_costs_no_process(renderer: PdfRenderer) -> None:
    before = pids(renderer)
    with pytest.raises(TemplateFailed, match=r"^the invoice could not be set: UnsupportedCurrency$"):
        await renderer.render(PrintRequest(invoice=make_invoice().model_copy(update={"currency": "XXX"})), {})
    assert pids(renderer) == before
    assert await renderer.render(ONE_LINE, {})


async def test_the_fault_of_a_structured_form_is_told_from_that_of_the_page(renderer: PdfRenderer) -> None:
    nameless = ONE_LINE.invoice.model_copy(
        update={"buyer": ONE_LINE.invoice.buyer.model_copy(update={"name": "", "customer_id": None})}
    )
    with pytest.raises(StructuredInvoiceInvalid):
        await renderer.render(PrintRequest(invoice=nameless, forms=(DocumentForm.PDF, DocumentForm.CII)), {})
    assert DocumentForm.PDF in await renderer.render(PrintRequest(invoice=nameless), {})


async def test_a_process_killed_at_work_fails_its_render_only_and_is_replaced() -> None:
    async with running(PdfRenderer(1)) as renderer:
        ((victim, folder),) = ((child.pid, child._folder) for child in renderer._children)
        doomed = asyncio.create_task(renderer.render(LONG, {}))
        waiting = asyncio.create_task(renderer.render(ONE_LINE, {}))
        await eventually(holds(lambda: bool(busy(renderer))), what="a render under way")
        os.kill(victim, signal.SIGKILL)
        with pytest.raises(RendererDied, match="ended with -9"):
            await doomed
        assert is_pdf(await waiting)
        assert victim not in pids(renderer)
        assert not remains(folder)
        assert len(pids(renderer)) == 1


async def test_a_process_killed_at_rest_fails_nothing() -> None:
    async with running(PdfRenderer(1)) as renderer:
        (victim,) = renderer._children
        os.kill(victim.pid, signal.SIGKILL)
        await eventually(holds(lambda: not victim.usable), what="the death noticed")
        assert is_pdf(await renderer.render(ONE_LINE, {}))
        assert victim not in renderer._children


async def test_a_process_that_takes_too_long_is_stopped_and_replaced() -> None:
    async with running(PdfRenderer(1, timeout_seconds=5)) as renderer:
        (stuck,) = pids(renderer)
        os.kill(stuck, signal.SIGSTOP)
        with pytest.raises(RenderTimedOut, match="no document within 5 s"):
            await renderer.render(ONE_LINE, {})
        assert is_pdf(await renderer.render(ONE_LINE, {}))
        assert is_gone(stuck)


async def test_a_caller_who_gives_up_leaves_a_clean_renderer_behind() -> None:
    async with running(PdfRenderer(1)) as renderer:
        impatient = asyncio.create_task(renderer.render(LONG, {}))
        await eventually(holds(lambda: bool(busy(renderer))), what="a render under way")
        impatient.cancel()
        assert await renderer.render(ONE_LINE, {}) == render(ONE_LINE, {})


@pytest.mark.parametrize("limits", [{"documents_each": 1}, {"memory_mib": 1}])
async def test_a_worn_process_is_replaced(limits: dict[str, int]) -> None:
    async with running(PdfRenderer(1, **limits)) as renderer:
        before = pids(renderer)
        assert await renderer.render(ONE_LINE, {})
        assert await renderer.render(ONE_LINE, {})
        assert before.isdisjoint(pids(renderer))


async def test_a_signal_to_the_whole_group_leaves_the_processes_to_their_parent(renderer: PdfRenderer) -> None:
    before = pids(renderer)
    for pid in before:
        os.kill(pid, signal.SIGINT)
        os.kill(pid, signal.SIGTERM)
    assert await renderer.render(ONE_LINE, {})
    assert pids(renderer) == before
    assert {os.getpgid(pid) for pid in before}.isdisjoint({os.getpgid(0)})


async def test_closing_ends_every_process_and_fails_what_is_under_way() -> None:
    renderer = PdfRenderer(1)
    await renderer.start()
    (child,) = renderer._children
    renders = [asyncio.create_task(renderer.render(LONG, {})) for _ in range(2)]
    await eventually(holds(lambda: bool(busy(renderer))), what="a render under way")
    await renderer.close()
    outcomes = await asyncio.wait_for(asyncio.gather(*renders, return_exceptions=True), 20)
    assert [type(outcome) for outcome in outcomes] == [RendererDied, RendererDied]
    assert is_gone(child.pid)
    assert not remains(child._folder)
    with pytest.raises(RendererDied, match="not running"):
        await renderer.render(ONE_LINE, {})


async def test_the_processes_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    (tmp_path / "invoice.json").write_text(LONG.model_dump_json())
    owner = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", OWNER, str(tmp_path / "invoice.json")),
        env=os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert owner.stdout is not None
    told = (await asyncio.wait_for(owner.stdout.readline(), 60)).decode().split()
    pid, folder = int(told[0]), Path(told[1])
    assert not is_gone(pid)
    assert remains(folder)
    owner.kill()
    await owner.wait()
    await eventually(holds(lambda: is_gone(pid)), what="the render process's end")
    assert not remains(folder)


async def test_a_machine_without_the_layout_engine_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library libpango\\nand much more')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(RendererDied, match=r"^WeasyPrint does not work here: cannot load library libpango$"):
        await PdfRenderer(2).start()


async def test_render_processes_are_told_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "weasyprint.py").write_text(
        "import os\nraise OSError(' '.join(name for name in os.environ if 'SECRET' in name or 'INVOICES' in name))"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("INVOICES_SMTP_URL", "smtp://user:password@mail")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "key")
    with pytest.raises(RendererDied, match=r"^WeasyPrint does not work here: $"):
        await PdfRenderer(1).start()


async def test_closing_while_a_process_is_being_replaced_leaves_none_behind() -> None:
    renderer = PdfRenderer(1)
    await renderer.start()
    (victim,) = renderer._children
    os.kill(victim.pid, signal.SIGKILL)
    await eventually(holds(lambda: not victim.usable), what="the death noticed")
    render = asyncio.create_task(renderer.render(ONE_LINE, {}))
    await eventually(holds(lambda: not renderer._children), what="a new process on its way")
    await renderer.close()
    with pytest.raises(RendererDied, match="not running"):
        await render
    assert not renderer._children
