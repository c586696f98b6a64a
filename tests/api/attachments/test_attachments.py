"""Uploading, attaching, downloading and deleting files of sales invoices."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.attachments.upload import MAX_FILES
from api.security.access import INVOICE_VIEW
from api.services import ApiServices
from database import attachments, audit
from database.attachments import AttachmentTaken, UnknownAttachment
from database.tables import Attachment
from integrations.document_store import ObjectDocumentStore
from settings import Settings
from tests.api.sales_invoices import requests as fixtures
from tests.api.sales_invoices.requests import URL, Json, created, faults, request, set_up
from tests.api.served_api import ServedApi
from tests.api_fixtures import ApiClientFactory, Client, TokenMaker
from tests.database.rows import another_tenant

Sessions = async_sessionmaker[AsyncSession]
seller = fixtures.seller

FILES = "/v1/attachments"
PDF = b"%PDF-1.7\n" + b"a page " * 20_000
CSV = b"Menge;Preis\n1;2,50\n"
LIMIT = 10 * 1024 * 1024


def form(*files: tuple[str, bytes]) -> list[tuple[str, tuple[str, bytes, str]]]:
    """Parts of a form; what the sender says of their types is nobody's business."""
    return [("file", (name, content, "application/x-wrong")) for name, content in files]


async def uploaded(client: Client, *files: tuple[str, bytes], url: str = FILES) -> list[Json]:
    answer = await client.post(url, files=form(*files))
    assert answer.status_code == 201, answer.text
    listed: list[Json] = answer.json()
    return listed


async def one(client: Client, name: str = "receipt.pdf", content: bytes = PDF) -> int:
    """A file on its own; its id."""
    return int((await uploaded(client, (name, content)))[0]["attachmentId"])


async def count(sessions: Sessions, tenant: str) -> int:
    async with sessions() as session:
        found = select(func.count()).select_from(Attachment).where(Attachment.tenant == tenant)
        return await session.scalar(found) or 0


async def test_a_file_comes_back_as_it_was_uploaded(seller: Client) -> None:
    (made,) = await uploaded(seller, ("receipt.pdf", PDF))
    digest = hashlib.sha256(PDF).hexdigest()
    assert made == {
        "attachmentId": made["attachmentId"],
        "attachmentFileName": "receipt.pdf",
        "attachmentSize": len(PDF),
        "attachmentDate": made["attachmentDate"],
        "mediaType": "application/pdf",
        "sha256": digest,
        "downloadLink": f"http://127.0.0.1:8000/v1/attachments/{made['attachmentId']}",
    }
    answer = await seller.get(f"{FILES}/{made['attachmentId']}")
    assert (answer.status_code, answer.content) == (200, PDF)
    headers = answer.headers
    assert headers["content-type"].partition(";")[0] == "application/pdf"
    assert headers["content-length"] == str(len(PDF))
    assert headers["etag"] == f'"{digest}"'
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-disposition"] == "attachment; filename=\"receipt.pdf\"; filename*=UTF-8''receipt.pdf"
    assert "sandbox" in headers["content-security-policy"]


async def test_no_connection_is_held_while_the_store_is_read(
    seller: Client, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    attachment_id = await one(seller)
    held: list[int] = []
    read = ObjectDocumentStore.stream

    async def looking(store: ObjectDocumentStore, key: str) -> AsyncIterator[bytes]:
        held.append(engine.pool.checkedout())
        async for chunk in read(store, key):
            yield chunk

    monkeypatch.setattr(ObjectDocumentStore, "stream", looking)
    assert (await seller.get(f"{FILES}/{attachment_id}")).content == PDF
    assert held == [0]


async def test_who_has_the_file_already_is_told_so(seller: Client) -> None:
    file = await one(seller)
    etag = (await seller.get(f"{FILES}/{file}")).headers["etag"]
    again = await seller.get(f"{FILES}/{file}", headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")
    other = await seller.get(f"{FILES}/{file}", headers={"if-none-match": '"other"'})
    assert other.status_code == 200


async def test_a_name_is_kept_without_what_could_harm(seller: Client) -> None:
    (made,) = await uploaded(seller, ("../../Größe 7.pdf", PDF))
    assert made["attachmentFileName"] == "Größe 7.pdf"
    answer = await seller.get(f"{FILES}/{made['attachmentId']}")
    expected = "attachment; filename=\"Gr__e 7.pdf\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%207.pdf"
    assert answer.headers["content-disposition"] == expected


async def test_several_files_are_taken_at_once_beside_fields_that_nobody_reads(seller: Client) -> None:
    answer = await seller.post(FILES, files=form(("a.pdf", PDF), ("b.csv", CSV)), data={"comment": "hello"})
    assert answer.status_code == 201, answer.text
    assert [(file["attachmentFileName"], file["mediaType"]) for file in answer.json()] == [
        ("a.pdf", "application/pdf"),
        ("b.csv", "text/csv"),
    ]


async def test_all_files_are_kept_or_none(seller: Client, sessions: Sessions, tenant: str) -> None:
    answer = await seller.post(FILES, files=form(("a.pdf", PDF), ("b.exe", b"MZ\x90\x00")))
    assert answer.status_code == 400
    assert "b.exe is no file of a type that can be attached" in faults(answer.json())["file"]
    assert await count(sessions, tenant) == 0


async def test_what_is_no_form_of_files_is_refused(seller: Client, sessions: Sessions, tenant: str) -> None:
    kind = "multipart/form-data; boundary=b"
    cases: list[tuple[bytes, str, int]] = [
        (b"{}", "application/json", 415),
        (b"x", "multipart/form-data", 415),
        (PDF, "application/pdf", 415),
        (b"", kind, 400),
        (b"no form", kind, 400),
        (b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-1.7 cut', kind, 400),
        (b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\nno file\r\n--b--\r\n', kind, 400),
        (b'--b\r\nContent-Disposition: form-data; name="x"; filename=""\r\n\r\n\r\n--b--\r\n', kind, 400),
        (b"--b\r\nContent-Disposition: form-data; name=\xff\r\n\r\nx\r\n--b--\r\n", kind, 400),
    ]
    for body, media_type, status in cases:
        answer = await seller.post(FILES, content=body, headers={"content-type": media_type})
        assert (answer.status_code, answer.json()["code"]) == (status, status), body
    assert await count(sessions, tenant) == 0


async def test_a_file_may_be_as_large_as_the_setting_says_and_no_larger(
    seller: Client, sessions: Sessions, tenant: str
) -> None:
    full = b"%PDF-1.7" + b"." * (LIMIT - 8)
    (made,) = await uploaded(seller, ("full.pdf", full))
    assert made["attachmentSize"] == LIMIT
    answer = await seller.post(FILES, files=form(("over.pdf", full + b".")))
    assert (answer.status_code, answer.json()["code"]) == (413, 413)
    assert "over.pdf is larger than the 10485760 bytes" in faults(answer.json())["file"]
    assert await count(sessions, tenant) == 1


async def test_the_limit_is_a_setting_beyond_that_of_other_bodies(
    api_client: ApiClientFactory, api_services: ApiServices, token: TokenMaker, tenant: str
) -> None:
    large = replace(api_services, settings=Settings(attachment_max_bytes=32 * 1024 * 1024))
    small = replace(api_services, settings=Settings(attachment_max_bytes=100))
    content = b"%PDF-1.7" + b"." * (20 * 1024 * 1024)
    for services, status in ((large, 201), (small, 413)):
        async with api_client(token=await token(tenant), services=services) as client:
            answer = await client.post(FILES, files=form(("a.pdf", content)))
            assert answer.status_code == status, answer.text


async def test_who_sends_too_much_over_a_socket_is_told_why(served: ServedApi, token: TokenMaker, tenant: str) -> None:
    """The answer comes while the body is still being sent: it must reach the sender all the same."""
    headers = {"authorization": f"Bearer {await token(tenant)}"}
    async with httpx.AsyncClient(base_url=served.url, headers=headers, timeout=60) as client:
        answer = await client.post(FILES, files=form(("over.pdf", b"%PDF-1.7" + b"." * (LIMIT + 5_000_000))))
        assert (answer.status_code, answer.json()["code"]) == (413, 413)
        refused = await client.post(FILES, files=form(("a.exe", b"MZ\x00"), ("b.pdf", b"%PDF-1.7" + b"." * 9_000_000)))
        assert refused.status_code == 400


async def test_a_body_of_no_stated_length_is_counted_while_it_comes(
    served: ServedApi, token: TokenMaker, tenant: str
) -> None:
    async def long() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-1.7'
        for _ in range(1_000):
            yield b"." * 65_536

    headers = {"authorization": f"Bearer {await token(tenant)}", "content-type": "multipart/form-data; boundary=b"}
    async with httpx.AsyncClient(base_url=served.url, headers=headers, timeout=60) as client:
        answer = await client.post(FILES, content=long())
    assert answer.status_code == 413


async def test_only_so_many_files_come_at_once(seller: Client, sessions: Sessions, tenant: str) -> None:
    many = [(f"{n}.csv", CSV) for n in range(MAX_FILES)]
    assert len(await uploaded(seller, *many)) == MAX_FILES
    answer = await seller.post(FILES, files=form(*many, ("more.csv", CSV)))
    assert answer.status_code == 400
    assert await count(sessions, tenant) == MAX_FILES


async def test_an_uploaded_file_is_named_when_an_invoice_is_made(seller: Client) -> None:
    first, second = await one(seller), await one(seller, "b.csv", CSV)
    made = await created(seller, request(attachmentIds=[first, second]))
    assert made["attachmentIds"] == [first, second]
    assert [file["attachmentFileName"] for file in made["attachmentsWithLink"]] == ["receipt.pdf", "b.csv"]
    listed = (await seller.get(f"{URL}/{made['id']}/attachments")).json()
    assert [file["attachmentId"] for file in listed] == [first, second]


async def test_a_file_is_uploaded_straight_to_a_draft_or_an_issued_invoice(
    seller: Client, sessions: Sessions, tenant: str
) -> None:
    for status in ("DRAFT", "OPEN"):
        made = await created(seller, request(status=status))
        url = f"{URL}/{made['id']}/attachments"
        (file,) = await uploaded(seller, ("receipt.pdf", PDF), url=url)
        assert (await seller.get(url)).json() == [file]
        read = (await seller.get(f"{URL}/{made['salesInvoiceCode']}")).json()
        assert read["attachmentIds"] == [file["attachmentId"]]
        async with sessions() as session:
            events = await audit.list_events(
                session, tenant, document=f"sales-invoice/{made['salesInvoiceCode']}", limit=1
            )
        assert (events[0].action, events[0].detail) == ("change", {"attached": str(file["attachmentId"])})


async def test_a_file_for_an_invoice_that_does_not_exist_is_not_kept(
    seller: Client, sessions: Sessions, tenant: str
) -> None:
    for sales_invoice_id in (0, 987654321, 10**20):
        answer = await seller.post(f"{URL}/{sales_invoice_id}/attachments", files=form(("a.pdf", PDF)))
        assert answer.status_code == 404, sales_invoice_id
        assert (await seller.get(f"{URL}/{sales_invoice_id}/attachments")).status_code == 404
    assert await count(sessions, tenant) == 0


async def test_a_file_is_deleted_until_its_invoice_is_issued(seller: Client) -> None:
    loose = await one(seller)
    draft = await created(seller, request(status="DRAFT", attachmentIds=[await one(seller)]))
    issued = await created(seller, request(attachmentIds=[await one(seller)]))
    for file in (loose, draft["attachmentIds"][0]):
        assert (await seller.delete(f"{FILES}/{file}")).status_code == 204
        assert (await seller.get(f"{FILES}/{file}")).status_code == 404
        assert (await seller.delete(f"{FILES}/{file}")).status_code == 404
    stays = await seller.delete(f"{FILES}/{issued['attachmentIds'][0]}")
    assert (stays.status_code, stays.json()["errorMessage"]) == (
        400,
        f"The attachment belongs to the issued invoice {issued['salesInvoiceCode']} and stays with it",
    )
    assert (await seller.get(f"{FILES}/{issued['attachmentIds'][0]}")).status_code == 200


async def test_the_trail_knows_who_uploaded_and_deleted(seller: Client, sessions: Sessions, tenant: str) -> None:
    file = await one(seller)
    await seller.delete(f"{FILES}/{file}")
    async with sessions() as session:
        events = await audit.list_events(session, tenant, document=f"attachment/{file}", limit=9)
    assert [event.action for event in events] == ["delete", "create"]
    assert events[1].detail == {"sha256": hashlib.sha256(PDF).hexdigest(), "bytes": len(PDF)}
    assert all(event.actor.startswith("client:") for event in events)


async def test_another_tenants_files_do_not_exist(
    seller: Client, api_client: ApiClientFactory, token: TokenMaker, sessions: Sessions
) -> None:
    file = await one(seller)
    theirs = await created(seller, request(attachmentIds=[file]))
    loose = await one(seller)
    other = await another_tenant(sessions)
    await set_up(sessions, other)
    async with api_client(token=await token(other)) as stranger:
        for each in (file, loose):
            assert (await stranger.get(f"{FILES}/{each}")).status_code == 404
            assert (await stranger.delete(f"{FILES}/{each}")).status_code == 404
        assert (await stranger.get(f"{URL}/{theirs['id']}/attachments")).status_code == 404
        answer = await stranger.post(f"{URL}/{theirs['id']}/attachments", files=form(("a.pdf", PDF)))
        assert answer.status_code == 404
        refused = await stranger.post(URL, json=request(attachmentIds=[loose]))
        assert refused.status_code == 400
        assert "attachmentIds" in "".join(faults(refused.json()))


async def test_who_may_only_look_downloads_and_changes_nothing(
    seller: Client, api_client: ApiClientFactory, token: TokenMaker, tenant: str
) -> None:
    file = await one(seller)
    async with api_client(token=await token(tenant, [INVOICE_VIEW])) as viewer:
        assert (await viewer.get(f"{FILES}/{file}")).status_code == 200
        assert (await viewer.post(FILES, files=form(("a.pdf", PDF)))).status_code == 403
        assert (await viewer.delete(f"{FILES}/{file}")).status_code == 403
    async with api_client() as nobody:
        assert (await nobody.get(f"{FILES}/{file}")).status_code == 401


async def test_a_file_that_the_store_has_lost_is_an_error_and_no_empty_file(
    seller: Client, sessions: Sessions, tenant: str
) -> None:
    lost = attachments.StoredFile("a.pdf", "application/pdf", 7, f"{tenant}/00/{'0' * 64}.pdf", "0" * 64)
    async with sessions.begin() as session:
        (row,) = await attachments.add(session, tenant, "test", [lost])
    assert (await seller.get(f"{FILES}/{row.id}")).status_code == 500


async def test_one_file_is_with_one_invoice(seller: Client, sessions: Sessions, tenant: str) -> None:
    file = await one(seller)
    first = await created(seller, request(status="DRAFT", attachmentIds=[file]))
    second = await created(seller, request(status="DRAFT"))
    async with sessions.begin() as session:
        with pytest.raises(AttachmentTaken, match=f"attachment {file} is attached to another invoice"):
            await attachments.attach(session, tenant, second["id"], [file])
        with pytest.raises(UnknownAttachment, match="attachment 987654321 does not exist"):
            await attachments.attach(session, tenant, second["id"], [987654321])
        with pytest.raises(UnknownAttachment, match=f"attachment {10**20} does not exist"):
            await attachments.attach(session, tenant, second["id"], [10**20])
        await attachments.attach(session, tenant, first["id"], [file])
        await attachments.attach(session, tenant, first["id"], [])
        found = await attachments.of_invoices(session, tenant, [first["id"], second["id"]])
        assert {owner: [row.id for row in rows] for owner, rows in found.items()} == {first["id"]: [file]}
        assert await attachments.of_invoices(session, "another", [first["id"]]) == {}
        assert await attachments.of_invoices(session, tenant, []) == {}


async def test_of_two_invoices_that_claim_a_file_at_once_one_gets_it(
    seller: Client, sessions: Sessions, tenant: str
) -> None:
    files = [await one(seller), await one(seller)]
    drafts = [await created(seller, request(status="DRAFT")) for _ in range(2)]

    async def claim(draft: Json, ids: list[int]) -> Any:
        async with sessions.begin() as session:
            await attachments.attach(session, tenant, draft["id"], ids)
            await asyncio.sleep(0.05)

    claims = (claim(drafts[0], files), claim(drafts[1], files[::-1]))
    outcomes = await asyncio.gather(*claims, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AttachmentTaken", "NoneType"]
    async with sessions() as session:
        found = await attachments.of_invoices(session, tenant, [draft["id"] for draft in drafts])
    assert [sorted(row.id for row in rows) for rows in found.values()] == [files]


async def test_a_file_that_was_given_away_meanwhile_is_not_deleted(
    seller: Client, sessions: Sessions, tenant: str
) -> None:
    file = await one(seller)
    draft = await created(seller, request(status="DRAFT"))
    async with sessions.begin() as session:
        seen = await attachments.find(session, tenant, file)
        assert seen is not None
        session.expunge(seen)
        await attachments.attach(session, tenant, draft["id"], [file])
        assert not await attachments.delete(session, seen)
        assert await attachments.find(session, tenant, file) is not None
