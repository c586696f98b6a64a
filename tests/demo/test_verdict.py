"""One good round, and every way in which it may go wrong."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from demo.evidence import Evidence, JobName, Pdf
from demo.expectations import Expectation, RoundExpectations, expectations, slack
from demo.mail_sink.mailbox import Mail
from demo.number_verdict import wrong_with_numbers
from demo.orders.arithmetic import TaxMethod
from demo.orders.basket import price_basket
from demo.orders.ends import ExpectedEnd
from demo.orders.generator import generated
from demo.orders.rounds import Round
from demo.report import make_report
from demo.service_bodies import JobOrder
from demo.shop.books import Books, Capture, InvoiceReport, Refund
from demo.verdict import judge

CARD, DECLINED, ACCOUNT, EARLIER = "CARD", "DECLINED", "ACCOUNT", "EARLIER"
NUMBERS = {EARLIER: "INV261001", CARD: "INV261002", ACCOUNT: "INV261003"}
TOTALS = {EARLIER: Decimal("5.00"), CARD: Decimal("1234.50"), ACCOUNT: Decimal("20.00")}


def end(order_id: str, reason: str | None, *, captured: Decimal | None) -> ExpectedEnd:
    return ExpectedEnd.model_validate(
        {
            "order_id": order_id,
            "status": "FAILURE" if reason else "SUCCESS",
            "reason": reason,
            "total": TOTALS.get(order_id),
            "currency": "EUR",
            "captured": captured,
            "mail": order_id in TOTALS,
        }
    )


def customer(order_id: str) -> str:
    return f"{order_id.lower()}@example.com"


EXPECTED = RoundExpectations(
    manual=(
        Expectation(end(CARD, None, captured=TOTALS[CARD]), customer(CARD)),
        Expectation(end(DECLINED, "payment_declined", captured=None), customer(DECLINED)),
        Expectation(end(EARLIER, "already_invoiced", captured=TOTALS[EARLIER]), customer(EARLIER)),
    ),
    automatic=(Expectation(end(ACCOUNT, None, captured=None), customer(ACCOUNT)),),
    beforehand=frozenset({EARLIER}),
)


def success(order_id: str) -> JobOrder:
    return JobOrder(
        order_id=order_id,
        order_status="SUCCESS",
        invoice_number=NUMBERS[order_id],
        total_amount=TOTALS[order_id],
        currency="EUR",
        download_link=f"http://api/{order_id}",
    )


def failure(order_id: str, reason: str) -> JobOrder:
    return JobOrder(order_id=order_id, order_status="FAILURE", reason=reason, message="because")


def capture(order_id: str, amount: Decimal | None = None, currency: str = "EUR") -> Capture:
    return Capture(
        order_id=order_id,
        transaction_id=f"t-{order_id}",
        amount=amount or TOTALS[order_id],
        currency=currency,
        capture_id="c",
        at="now",
    )


def report(order_id: str, number: str | None = None) -> InvoiceReport:
    return InvoiceReport(order_id=order_id, invoice_no=number or NUMBERS[order_id], invoice_document="http://api")


def mail(order_id: str) -> Mail:
    number = NUMBERS[order_id]
    return Mail(f"<{order_id}@acme>", (customer(order_id),), "Invoice", (f"{number}.pdf",), Path(f"{order_id}.eml"))


def pdf(order_id: str) -> Pdf:
    euros, cents = f"{TOTALS[order_id]:,}".split(".")
    return Pdf(Path(f"{order_id}.pdf"), f"Rechnung {NUMBERS[order_id]} Summe {euros.replace(',', '.')},{cents} €")


GOOD = Evidence(
    answers={
        JobName.BEFOREHAND: [success(EARLIER)],
        JobName.MANUAL: [success(CARD), failure(DECLINED, "payment_declined"), failure(EARLIER, "already_invoiced")],
        JobName.AUTOMATIC: [success(ACCOUNT)],
    },
    books=Books(
        orders=9,
        captures=(capture(EARLIER), capture(CARD), capture("ORDER-OF-ANOTHER-ROUND", Decimal(1))),
        refunds=(),
        invoice_reports=tuple(map(report, NUMBERS)),
    ),
    mails=[mail(order_id) for order_id in NUMBERS],
    pdfs={number: pdf(order_id) for order_id, number in NUMBERS.items()},
)


def test_a_round_in_which_all_went_well_has_no_fault() -> None:
    assert judge(EXPECTED, GOOD) == []


def answered(order: JobOrder, job: JobName = JobName.MANUAL) -> Evidence:
    others = [each for each in GOOD.answers[job] if each.order_id != order.order_id]
    return replace(GOOD, answers={**GOOD.answers, job: [order, *others]})


def without(order_id: str, job: JobName) -> Evidence:
    others = [each for each in GOOD.answers[job] if each.order_id != order_id]
    return replace(GOOD, answers={**GOOD.answers, job: others})


def with_books(**pages: object) -> Evidence:
    return replace(GOOD, books=GOOD.books.model_copy(update=pages))


def with_captures(*captures: Capture) -> Evidence:
    return with_books(captures=captures)


def with_mails(*mails: Mail) -> Evidence:
    return replace(GOOD, mails=mails)


def with_pdf(order_id: str, text: str | None) -> Evidence:
    return replace(GOOD, pdfs={**GOOD.pdfs, NUMBERS[order_id]: Pdf(Path("x.pdf"), text)})


OTHERS = (mail(EARLIER), mail(ACCOUNT))
WRONG: dict[str, tuple[Callable[[], Evidence], str]] = {
    "failed": (lambda: answered(failure(CARD, "totals_differ")), "CARD: ended FAILURE (totals_differ), expected SUCC"),
    "failed, so no invoice": (lambda: answered(failure(CARD, "totals_differ")), "CARD: has no invoice"),
    "failed for another reason": (
        lambda: answered(failure(DECLINED, "not_authorised")),
        "DECLINED: ended FAILURE (not_authorised), expected FAILURE (payment_declined): because",
    ),
    "succeeded wrongly": (
        lambda: answered(success(CARD).model_copy(update={"order_id": DECLINED, "invoice_number": "INV261004"})),
        "DECLINED: was invoiced as INV261004 and must not be",
    ),
    "a cent too much": (
        lambda: answered(success(CARD).model_copy(update={"total_amount": Decimal("1234.51")})),
        "CARD: its invoice is over 1234.51, expected 1234.50",
    ),
    "another currency": (
        lambda: answered(success(CARD).model_copy(update={"currency": "USD"})),
        "CARD: its invoice is in USD, expected EUR",
    ),
    "never captured": (lambda: with_captures(capture(EARLIER)), "CARD: was captured 0 times, expected once"),
    "captured twice": (
        lambda: with_captures(capture(EARLIER), capture(CARD), capture(CARD)),
        "CARD: was captured 2 times, expected once",
    ),
    "captured another amount": (
        lambda: with_captures(capture(EARLIER), capture(CARD, Decimal("1234.49"))),
        "CARD: 1234.49 EUR were captured, its invoice is over 1234.50 EUR",
    ),
    "captured more than authorised": (
        lambda: with_captures(capture(EARLIER), capture(CARD, Decimal(2000))),
        "CARD: 2000 were captured, only 1234.50 are authorised",
    ),
    "captured on account": (
        lambda: with_captures(capture(EARLIER), capture(CARD), capture(ACCOUNT)),
        "ACCOUNT: was captured (20.00 EUR) and must not be",
    ),
    "captured and failed": (
        lambda: with_captures(capture(EARLIER), capture(CARD), capture(DECLINED, Decimal(1))),
        "DECLINED: was captured and must not be",
    ),
    "given back": (
        lambda: with_books(refunds=(Refund(**capture(CARD).model_dump(), refund_id="r"),)),
        "CARD: money was given back",
    ),
    "not mailed": (lambda: with_mails(*OTHERS), "CARD: its invoice was mailed 0 times, expected once"),
    "mailed twice": (
        lambda: with_mails(*OTHERS, mail(CARD), replace(mail(CARD), message_id="<other>")),
        "CARD: its invoice was mailed 2 times, expected once",
    ),
    "mailed without an id": (
        lambda: with_mails(*OTHERS, replace(mail(CARD), message_id="")),
        "CARD: its invoice was mailed 1 times, expected once",
    ),
    "mailed to somebody else": (
        lambda: with_mails(*OTHERS, replace(mail(CARD), recipients=("eve@example.com",))),
        "CARD: its invoice was mailed to eve@example.com, expected card@example.com",
    ),
    "mailed with more": (
        lambda: with_mails(*OTHERS, replace(mail(CARD), attachments=("INV261002.pdf", "INV261003.pdf"))),
        "CARD: its mail carries INV261002.pdf, INV261003.pdf, expected INV261002.pdf alone",
    ),
    "a stray mail": (
        lambda: with_mails(*OTHERS, mail(CARD), replace(mail(CARD), attachments=("INV260999.pdf",))),
        "mails that belong to no invoice of the round: CARD.eml",
    ),
    "no PDF": (lambda: replace(GOOD, pdfs={}), "CARD: its PDF  cannot be opened"),
    "a broken PDF": (lambda: with_pdf(CARD, None), "CARD: its PDF x.pdf cannot be opened"),
    "a PDF without its number": (
        lambda: with_pdf(CARD, "1234.50"),
        "CARD: its PDF does not show the number INV261002",
    ),
    "a PDF with another total": (
        lambda: with_pdf(CARD, "INV261002 1.234,05"),
        "CARD: its PDF does not show the total 1234.50",
    ),
    "the order was not told": (
        lambda: with_books(invoice_reports=(report(EARLIER), report(ACCOUNT))),
        "CARD: the shop's order names no invoice, expected INV261002",
    ),
    "the order was told another number": (
        lambda: with_books(invoice_reports=(report(EARLIER), report(ACCOUNT), report(CARD, "INV261003"))),
        "CARD: the shop's order names INV261003, expected INV261002",
    ),
    "told of nothing": (
        lambda: with_books(invoice_reports=(*map(report, NUMBERS), report(DECLINED, "INV261009"))),
        "DECLINED: was told of an invoice that it does not have",
    ),
    "not found": (lambda: without(ACCOUNT, JobName.AUTOMATIC), "the automatic job misses ACCOUNT"),
    "found too much": (
        lambda: answered(failure("OLD", "already_invoiced"), JobName.AUTOMATIC),
        "the automatic job has orders that are not its own: OLD",
    ),
    "listed twice": (
        lambda: replace(GOOD, answers={**GOOD.answers, JobName.AUTOMATIC: [success(ACCOUNT)] * 2}),
        "the automatic job lists orders more than once: ACCOUNT",
    ),
    "a number twice": (
        lambda: answered(success(CARD).model_copy(update={"invoice_number": NUMBERS[EARLIER]})),
        "invoice numbers were given twice: INV261001",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_went_wrong_is_said(case: str) -> None:
    evidence, sentence = WRONG[case]
    faults = [str(fault) for fault in judge(EXPECTED, evidence())]
    assert [fault for fault in faults if fault.startswith(sentence)], faults


def test_a_mail_that_was_repeated_with_its_message_id_is_one_mail() -> None:
    repeated = with_mails(*OTHERS, mail(CARD), replace(mail(CARD), path=Path("again.eml")))
    assert judge(EXPECTED, repeated) == []
    assert make_report(repeated, 1.0).mails == 3


def test_an_order_that_was_told_twice_of_the_same_invoice_is_well() -> None:
    assert judge(EXPECTED, with_books(invoice_reports=(*map(report, NUMBERS), report(CARD)))) == []


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        (["INV261002", "INV261004", "INV261003"], None),
        (["INV269999", "INV2610000"], None),
        (["INV259999", "INV2610000"], None),
        ([], None),
        (["INV261002", "INV261004", "INV261005", "INV261009"], "leave gaps, which begin with 1003, 1006"),
        (["INV261002", "INV261002"], "given twice: INV261002"),
        (["INV26999", "X1"], "not of the series: INV26999, X1"),
    ],
)
def test_numbers_are_of_one_series_without_gap_or_repeat(numbers: list[str], sentence: str | None) -> None:
    faults = list(wrong_with_numbers(numbers))
    assert len(faults) == (sentence is not None)
    assert all(sentence and sentence in fault for fault in faults)


@pytest.mark.parametrize(("total", "faults"), [("1233.00", 0), ("1234.49", 0), ("1232.99", 1), ("1234.51", 1)])
def test_a_shop_that_rounds_each_part_is_met_within_half_a_cent_a_part_and_never_above_what_is_authorised(
    total: str, faults: int
) -> None:
    card, *others = EXPECTED.manual
    loose = replace(EXPECTED, manual=(replace(card, slack=Decimal("1.50")), *others))
    amount = Decimal(total)
    seen = replace(
        answered(success(CARD).model_copy(update={"total_amount": amount})),
        books=GOOD.books.model_copy(update={"captures": (capture(EARLIER), capture(CARD, amount))}),
        pdfs={**GOOD.pdfs, NUMBERS[CARD]: Pdf(Path("x.pdf"), f"{NUMBERS[CARD]} {total}")},
    )
    assert len(judge(loose, seen)) == faults


def test_only_shops_that_round_each_part_are_given_slack() -> None:
    baskets = [generated(index, 1)[1].basket for index in range(1, 40)]
    by_part = next(basket for basket in baskets if basket.method is TaxMethod.PER_PART and basket.till.scale == 2)
    by_group = next(basket for basket in baskets if basket.method is TaxMethod.PER_GROUP)
    priced = price_basket(by_part)
    assert slack(priced) == Decimal(len(priced.parts) + 2) / 200
    assert slack(price_basket(by_group)) == 0


def test_every_order_of_a_round_is_expected_once_with_its_customer() -> None:
    expected = expectations(Round(2, 3))
    ids = [each.order_id for each in expected.all]
    assert len(set(ids)) == len(ids)
    assert {"EON9001-r2", "EON9404-r2", "EON9103-r2", "GEN-00003-r2"} <= set(ids)
    assert [each.order_id for each in expected.all if each.customer is None] == ["EON9404-r2"]
    assert expected.beforehand == {"EON9008-r2"}


def test_the_report_counts_in_the_stores() -> None:
    counted = make_report(GOOD, 12.34).model_dump(by_alias=True)
    assert counted == {
        "orders": 5,
        "succeeded": 3,
        "failed": [
            {"orderId": DECLINED, "reason": "payment_declined"},
            {"orderId": EARLIER, "reason": "already_invoiced"},
        ],
        "invoiceNumbers": ["INV261001", "INV261002", "INV261003"],
        "captures": 2,
        "mails": 3,
        "pdfs": 3,
        "seconds": 12.3,
    }


def test_a_pdf_that_does_not_show_its_total_is_not_counted() -> None:
    assert make_report(with_pdf(CARD, "INV261002"), 1.0).pdfs == 2
