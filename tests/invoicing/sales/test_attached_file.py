"""What a file is and what it is called: by its content, its name being a claim."""

import io
import json
import zipfile

import pytest

from invoicing.sales.attached_file import LONGEST_NAME, FileRefused, clean_name, examine

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"
GIF = b"GIF89a\x01\x00\x01\x00"
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 "


def archive(*entries: tuple[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        for name, content in entries:
            made.writestr(name, content)
    return packed.getvalue()


DOCX = archive(("[Content_Types].xml", "<Types/>"), ("word/document.xml", "<w/>"))
XLSX = archive(("[Content_Types].xml", "<Types/>"), ("xl/workbook.xml", "<w/>"))
ODS = archive(("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", "<o/>"))
ZIP = archive(("readme", "hello"))


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.pdf", PDF, "application/pdf"),
        ("A.PDF", PDF, "application/pdf"),
        ("a.png", PNG, "image/png"),
        ("a.jpg", JPEG, "image/jpeg"),
        ("a.jpeg", JPEG, "image/jpeg"),
        ("a.gif", GIF, "image/gif"),
        ("a.webp", WEBP, "image/webp"),
        ("a.docx", DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.xlsx", XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("a.ods", ODS, "application/vnd.oasis.opendocument.spreadsheet"),
        ("a.zip", ZIP, "application/zip"),
        ("a.json", b'{"total": 1.10}', "application/json"),
        ("a.xml", b'<?xml version="1.0"?><Invoice/>', "application/xml"),
        ("a.xml", b"\xef\xbb\xbf<Invoice/>", "application/xml"),
        ("a.csv", "Menge;Preis\r\n1;2,50 €\r\n".encode("cp1252"), "text/csv"),
        ("a.csv", "Menge\tPreis\n".encode("utf-16"), "text/csv"),
        ("a.txt", "Grüße".encode(), "text/plain"),
    ],
)
def test_a_file_is_what_its_content_says(name: str, content: bytes, media_type: str) -> None:
    file = examine(name, content)
    assert (file.name, file.media_type) == (name, media_type)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.pdf", b"", "is empty"),
        ("invoice.pdf", b"MZ\x90\x00\x03\x00\x00\x00", "no file of a type"),
        ("invoice.pdf", b"<script>alert(1)</script>", "no file of a type"),
        ("page.html", b"<html><script>alert(1)</script></html>", "no file of a type"),
        ("picture.svg", b"<svg onload='alert(1)'/>", "no file of a type"),
        ("run.sh", b"#!/bin/sh\nrm -rf /\n", "no file of a type"),
        ("data.json", b"{not json", "no file of a type"),
        ("data.json", b"[" * 100_000, "no file of a type"),
        ("data.xml", b"no xml", "no file of a type"),
        ("notes.txt", b"text\x00with\x01binary", "no file of a type"),
        ("broken.zip", b"PK\x03\x04 and nothing else", "no file of a type"),
        ("setup.exe", PDF, r"holds application/pdf: its name should end in \.pdf"),
        ("photo.png", JPEG, r"should end in \.jpg or \.jpeg"),
        ("table.xlsx", DOCX, r"should end in \.docx"),
        ("letter.docx", ZIP, r"should end in \.zip"),
        ("invoice.pdf.zip", PDF, r"should end in \.pdf"),
    ],
)
def test_a_file_that_is_not_taken_is_told_why(name: str, content: bytes, reason: str) -> None:
    with pytest.raises(FileRefused, match=reason):
        examine(name, content)


def test_a_name_without_an_ending_gets_the_one_of_its_content() -> None:
    assert examine("scan", PDF).name == "scan.pdf"
    assert examine("notes", b"hello").name == "notes.txt"


def test_a_damaged_office_document_is_refused_and_raises_nothing_else() -> None:
    for place in range(0, len(DOCX), 7):
        damaged = DOCX[:place] + b"\xff\xff\xff" + DOCX[place + 3 :]
        try:
            examine("a.docx", damaged)
        except FileRefused:
            continue


@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_open_document_is_refused_however_it_is_packed(packing: int) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", packing) as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.text" * 3)
    whole = packed.getvalue()
    for place in range(4, len(whole)):
        damaged = whole[:place] + bytes([whole[place] ^ 0x5A]) + whole[place + 1 :]
        try:
            examine("a.odt", damaged)
        except FileRefused:
            continue


def test_an_office_document_with_a_false_claim_inside_is_a_plain_archive() -> None:
    claimed = archive(("mimetype", "application/x-msdownload"), ("content.xml", ""))
    assert examine("a.zip", claimed).media_type == "application/zip"


def test_a_deflated_claim_inside_an_archive_is_not_unpacked_beyond_its_first_bytes() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("mimetype", "a" * 50_000_000)
    assert examine("a.zip", packed.getvalue()).media_type == "application/zip"


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("receipt.pdf", "receipt.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ada\\receipt.pdf", "receipt.pdf"),
        ("..", "attachment"),
        ("", "attachment"),
        (" . ", "attachment"),
        (".htaccess", "htaccess"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie_ x.pdf"),
        ("a\x00b.pdf", "ab.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ('"quoted"*?.pdf', "_quoted___.pdf"),
        ("Größe  der\u00a0Tür.pdf", "Größe der Tür.pdf"),
        ("Cafe\u0301.pdf", "Café.pdf"),
        ("日本語.pdf", "日本語.pdf"),
    ],
)
def test_a_name_keeps_what_a_person_reads_and_nothing_else(name: str, clean: str) -> None:
    assert clean_name(name) == clean


@pytest.mark.parametrize("name", ["a" * 500 + ".pdf", "ü" * 300 + ".pdf", "a." + "b" * 500, "日" * 200])
def test_a_long_name_is_shortened_and_keeps_its_ending(name: str) -> None:
    short = clean_name(name)
    assert 0 < len(short.encode()) <= LONGEST_NAME
    assert not name.endswith(".pdf") or short.endswith(".pdf")


def test_a_huge_json_of_valid_depth_is_taken() -> None:
    assert examine("a.json", json.dumps([{"n": 1}] * 10_000).encode()).media_type == "application/json"
