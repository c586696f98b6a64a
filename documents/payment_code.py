"""The QR code that fills in a transfer in a banking app: GiroCode, EPC069-12 v2.1 of the European Payments Council."""

from base64 import b64encode
from decimal import Decimal
from io import BytesIO

import segno
from stdnum import iban

from documents.payment_text import amount_to_pay
from invoicing.invoice import Invoice, InvoiceKind

EEA = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split()  # noqa: SIM905 - a table
)
"""Where an IBAN needs no BIC beside it."""
SEPA = EEA | {"AD", "AL", "CH", "GB", "GI", "MC", "MD", "ME", "MK", "RS", "SM", "VA"}
"""Whose accounts a SEPA credit transfer reaches."""
LEAST, MOST = Decimal("0.01"), Decimal("999999999.99")
MOST_NAME, MOST_REFERENCE = 70, 140
"""Characters."""
MOST_BYTES = 331
"""Version 13 of the code, the largest that is allowed, at error correction M."""
BIC_LENGTHS = (8, 11)
PIXELS_A_MODULE = 8


def payment_code(invoice: Invoice) -> str | None:
    """What the code says; None where a code would not lead to a transfer of what is due.

    That is where nothing is due, where the currency is not the euro, where the account is unknown or out of SEPA's
    reach, and where one of the guideline's limits is exceeded.
    """
    seller, amount = invoice.seller, amount_to_pay(invoice)
    account, bic = "".join((seller.iban or "").split()).upper(), "".join((seller.bic or "").split()).upper()
    if invoice.kind is not InvoiceKind.INVOICE or invoice.currency != "EUR" or not LEAST <= amount <= MOST:
        return None
    if not _reaches(account, bic) or len(invoice.number) > MOST_REFERENCE:
        return None
    name = _one_line(seller.account_holder or seller.name)[:MOST_NAME].strip()
    head = ("BCD", "002", "1", "SCT", bic if len(bic) in BIC_LENGTHS else "", name, account, f"EUR{amount:.2f}")
    code = "\n".join((*head, "", "", _one_line(invoice.number)))
    return code if name and len(code.encode()) <= MOST_BYTES else None


def code_image(code: str) -> str:
    """The code as the URL of a PNG that holds it. The frame that it needs is left to the page."""
    symbol = segno.make(code, error="m", boost_error=False, micro=False, mode="byte", encoding="utf-8")
    file = BytesIO()
    symbol.save(file, kind="png", scale=PIXELS_A_MODULE, border=0)
    return f"data:image/png;base64,{b64encode(file.getvalue()).decode()}"


def _reaches(account: str, bic: str) -> bool:
    country = account[:2]
    is_account = account.isascii() and iban.is_valid(account)
    return country in SEPA and is_account and (country in EEA or len(bic) in BIC_LENGTHS)


def _one_line(text: str) -> str:
    """Line ends part the code's elements."""
    return " ".join(text.split())
