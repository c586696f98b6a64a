import asyncio
import hashlib
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from time import monotonic

import pytest

from integrations.document_store import CHUNK_BYTES, DocumentMissing, ObjectDocumentStore, StoredDocument
from integrations.faults import TransientFault

PDF = b"%PDF-1.7\x00\xff"
SHA256 = hashlib.sha256(PDF).hexdigest()
KEY = f"acme/{SHA256[:2]}/{SHA256}.pdf"
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "not there yet" / "dökumente"


@pytest.fixture
def store(folder: Path) -> ObjectDocumentStore:
    return ObjectDocumentStore(folder.as_uri())


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def put_a_file_in_place_of(folder: Path) -> None:
    folder.rmdir()
    folder.write_text("a file where the folder was")


async def test_a_document_lies_under_the_hash_of_its_content(store: ObjectDocumentStore, folder: Path) -> None:
    assert await store.put("acme", PDF, "application/pdf", ".pdf") == StoredDocument(KEY, SHA256, len(PDF))
    assert files_in(folder) == {KEY: PDF}
    assert await store.get(KEY) == PDF


def test_a_folder_that_is_made_for_documents_is_closed_to_others(store: ObjectDocumentStore, folder: Path) -> None:
    assert folder.stat().st_mode & 0o077 == 0


async def test_putting_it_again_touches_nothing(store: ObjectDocumentStore, folder: Path) -> None:
    await store.put("acme", PDF, "application/pdf", ".pdf")
    before = (folder / KEY).stat()
    await store.put("acme", PDF, "application/pdf", ".pdf")
    after = (folder / KEY).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


async def test_the_same_document_put_by_many_at_once_is_there_once(store: ObjectDocumentStore, folder: Path) -> None:
    stored = await asyncio.gather(*(store.put("acme", PDF, "application/pdf", ".pdf") for _ in range(20)))
    assert {document.key for document in stored} == {KEY}
    assert files_in(folder) == {KEY: PDF}


async def test_each_tenant_has_a_copy_of_its_own(store: ObjectDocumentStore, folder: Path) -> None:
    await store.put("acme", PDF, "application/pdf", ".pdf")
    await store.put("other", PDF, "application/pdf", ".pdf")
    assert len(files_in(folder)) == 2


async def test_an_empty_document_is_one(store: ObjectDocumentStore) -> None:
    stored = await store.put("acme", b"", "application/pdf", ".pdf")
    assert await store.get(stored.key) == b""


async def test_a_half_document_that_a_power_cut_left_is_made_whole(store: ObjectDocumentStore, folder: Path) -> None:
    await store.put("acme", PDF, "application/pdf", ".pdf")
    (folder / KEY).write_bytes(PDF[:3])
    await store.put("acme", PDF, "application/pdf", ".pdf")
    assert await store.get(KEY) == PDF


@pytest.mark.parametrize(("tenant", "suffix"), [("../other", ".pdf"), ("", ".pdf"), ("acme", "/../x"), ("acme", "")])
async def test_no_part_of_a_key_leads_elsewhere(store: ObjectDocumentStore, tenant: str, suffix: str) -> None:
    with pytest.raises(ValueError, match="part of a key"):
        await store.put(tenant, PDF, "application/pdf", suffix)


@pytest.mark.parametrize("key", ["acme/00/nothing.pdf", "acme", "", "../../etc/passwd", "/etc/passwd", "a//b", "a/./b"])
async def test_a_key_without_a_document_is_missing(store: ObjectDocumentStore, key: str) -> None:
    await store.put("acme", PDF, "application/pdf", ".pdf")
    with pytest.raises(DocumentMissing):
        await store.get(key)


async def test_a_long_document_is_streamed_in_chunks(store: ObjectDocumentStore) -> None:
    content = os.urandom(5 * CHUNK_BYTES + 1)
    stored = await store.put("acme", content, "application/pdf", ".pdf")
    chunks = [chunk async for chunk in store.stream(stored.key)]
    assert b"".join(chunks) == content
    assert len(chunks) > 1


async def test_a_missing_document_is_missing_at_the_first_chunk(store: ObjectDocumentStore) -> None:
    with pytest.raises(DocumentMissing):
        await anext(store.stream(KEY))


async def test_a_store_that_has_gone_is_waited_for(store: ObjectDocumentStore, folder: Path) -> None:
    put_a_file_in_place_of(folder)
    with pytest.raises(TransientFault, match=r"cannot be stored now: .*\w"):
        await store.put("acme", PDF, "application/pdf", ".pdf")


async def test_documents_in_an_object_store_keep_their_media_type() -> None:
    store = ObjectDocumentStore("memory:///")
    stored = await store.put("acme", PDF, "application/pdf", ".pdf")
    await store.put("acme", PDF, "application/pdf", ".pdf")
    assert await store.get(stored.key) == PDF
    with pytest.raises(DocumentMissing):
        await store.get("acme/x")


@pytest.mark.parametrize(
    "url", ["", "nonsense", "ftp://host/folder", "file:relative", "file://relative", "file:///dev/null/folder"]
)
def test_a_url_that_opens_no_store_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="the document store cannot be opened"):
        ObjectDocumentStore(url)


@pytest.mark.parametrize("url", ["s3://bucket/folder", "gs://bucket"])
def test_object_stores_are_known_by_their_url(url: str) -> None:
    ObjectDocumentStore(url)


PUT = """
    import asyncio, resource, sys
    from integrations.document_store import ObjectDocumentStore
    from integrations.faults import TransientFault

    async def put(size):
        await ObjectDocumentStore(sys.argv[1]).put("acme", b"x" * size, "application/pdf", ".pdf")
"""


def run(folder: Path, program: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PUT) + textwrap.dedent(program), folder.as_uri()],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_full_disk_is_waited_out_and_leaves_nothing_under_the_key(folder: Path) -> None:
    # The limit on a file's size stands in for the end of the disk: the write fails half-way.
    program = """
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        try:
            asyncio.run(put(100_000))
        except TransientFault as fault:
            print(fault)
    """
    with run(folder, program) as process:
        said, _ = process.communicate(timeout=60)
    assert said == "The document cannot be stored now: File too large.\n"
    assert not [name for name in files_in(folder) if name.endswith(".pdf")]


SIZE = 64_000_000


@pytest.fixture
def killed_writer(folder: Path) -> Path:
    """A process that was killed as soon as its document began to be written."""
    process = run(folder, f"asyncio.run(put({SIZE}))")
    deadline = monotonic() + 60
    while process.poll() is None and monotonic() < deadline and not any(p.is_file() for p in folder.rglob("*")):
        pass
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return folder


async def test_a_killed_writer_leaves_no_half_document(killed_writer: Path) -> None:
    assert all(len(content) == SIZE for name, content in files_in(killed_writer).items() if name.endswith(".pdf")), (
        "half a document lies under its key"
    )
    assert files_in(killed_writer), "the process was killed before it wrote anything, so this test shows nothing"
    store = ObjectDocumentStore(killed_writer.as_uri())
    stored = await store.put("acme", b"x" * SIZE, "application/pdf", ".pdf")
    assert (killed_writer / stored.key).stat().st_size == SIZE
