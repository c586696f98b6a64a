import pytest

from integrations.mail_address import mailbox
from invoicing.mail_address import NotAMailAddress, is_mail_address

DOMAIN_OF_63 = f"{'d' * 63}.example"


@pytest.mark.parametrize(
    "text",
    [
        "max@example.com",
        "max.muster+rechnung@sub.example.co.uk",
        "o'brien@example.ie",
        "invoices@localhost",
        "jörg@example.com",
        "max@bücher.example",
        "用户@例え.jp",
        "m@xn--bcher-kva.example",
        f"{'l' * 64}@example.com",
        f"max@{DOMAIN_OF_63}",
    ],
)
def test_these_are_mail_addresses(text: str) -> None:
    assert is_mail_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "max",
        "max@",
        "@example.com",
        "max@@example.com",
        "max muster@example.com",
        " max@example.com",
        "max@example.com\n",
        "max@example.com\r\nRCPT TO:<eve@example.com>",
        "max@exam ple.com",
        "max@-example.com",
        "max@example..com",
        "max@example.com.",
        "max@under_score.example",
        ".max@example.com",
        "max..muster@example.com",
        "<max@example.com>",
        "Max <max@example.com>",
        "max@example.com, eve@example.com",
        '"max muster"@example.com',
        "max@[192.0.2.1]",
        "max@192.0.2.1",
        "max\x00@example.com",
        "max\u2028@example.com",
        "max\ud800@example.com",
        f"{'l' * 65}@example.com",
        f"{'ö' * 33}@example.com",
        f"max@{'d' * 64}.example",
        f"max@{'.'.join(['d' * 60] * 5)}.example",
    ],
)
def test_these_are_none(text: str) -> None:
    assert not is_mail_address(text)


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("max@example.com", "", "max@example.com"),
        (" max@example.com ", "", "max@example.com"),
        ("<max@example.com>", "", "max@example.com"),
        ("Acme <invoices@acme.example>", "Acme", "invoices@acme.example"),
        ('"Acme, Söhne & Co" <invoices@acme.example>', "Acme, Söhne & Co", "invoices@acme.example"),
        ("Acme, Inc. <invoices@acme.example>", "Acme, Inc.", "invoices@acme.example"),
        ("Acme\r\nBcc: x@y <invoices@acme.example>", "Acme Bcc: x@y", "invoices@acme.example"),
        ("max@Bücher.Example", "", "max@xn--bcher-kva.example"),
        ("max@straße.example", "", "max@xn--strae-oqa.example"),
    ],
)
def test_a_mailbox_has_a_name_and_an_address_with_an_ascii_domain(text: str, name: str, address: str) -> None:
    box = mailbox(text)
    assert (box.display_name, box.addr_spec) == (name, address)


@pytest.mark.parametrize("text", ["", "Acme", "Acme <>", "Acme <a@b.example> <c@d.example>", "a@b.example <"])
def test_a_text_without_one_address_is_no_mailbox(text: str) -> None:
    with pytest.raises(NotAMailAddress):
        mailbox(text)
