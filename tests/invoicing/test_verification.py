"""The checks of a series, document by document."""

from decimal import Decimal
from uuid import uuid4

from invoicing.hash_chain import link
from invoicing.invoice import Invoice
from invoicing.verification import DrawnRow, Finding, FindingKind, IssuedRow, SeriesCheck, check_document
from tests.documents.invoices import make_invoice


def row_of(invoice: Invoice, counter: int = 1, previous: str | None = None) -> IssuedRow:
    document, totals = invoice.model_dump(mode="json"), invoice.totals
    return IssuedRow(
        id=invoice.id,
        tenant=invoice.tenant,
        kind=invoice.kind,
        number=invoice.number,
        counter=counter,
        order_id=invoice.order_id,
        issue_date=invoice.issue_date,
        currency=invoice.currency,
        net=totals.net,
        tax=totals.tax,
        gross=totals.gross,
        total=totals.total,
        payable=totals.payable,
        document=document,
        previous_hash=previous,
        hash=link(document, previous),
    )


def drawn_for(row: IssuedRow) -> DrawnRow:
    return DrawnRow(counter=row.counter or 0, formatted=row.number, drawn_by=f"invoice:{row.id}")


def numbered(number: str) -> Invoice:
    return make_invoice(id=uuid4(), number=number)


def kinds(findings: list[Finding]) -> list[FindingKind]:
    return [finding.kind for finding in findings]


def test_a_document_that_nobody_touched_is_sound() -> None:
    assert list(check_document(row_of(numbered("R1")))) == []


def test_every_figure_beside_the_document_must_be_the_documents() -> None:
    row = row_of(numbered("R1"))
    for name in ("net", "tax", "gross", "total", "payable"):
        wrong = row.model_copy(update={name: getattr(row, name) + Decimal("0.01")})
        (finding,) = check_document(wrong)
        assert (finding.kind, finding.subject) == (FindingKind.FIGURES, "R1")
        assert f"column {name} says" in finding.message


def test_a_document_that_is_no_invoice_any_more_is_named_and_not_fatal() -> None:
    row = row_of(numbered("R1"))
    broken = row.model_copy(update={"document": {"number": "R1"}})
    assert kinds(list(check_document(broken))) == [FindingKind.CHAIN, FindingKind.FIGURES]


def test_a_series_without_gap_is_sound() -> None:
    check, previous = SeriesCheck("series", 1000), None
    for counter in (1001, 1002, 1003):
        row = row_of(numbered(f"R{counter}"), counter, previous)
        assert list(check.take(drawn_for(row), row)) == []
        previous = row.hash
    assert list(check.end(1003)) == []
    assert (check.first, check.last, check.issued) == (1001, 1003, 3)


def test_missing_numbers_are_named_one_by_one() -> None:
    check = SeriesCheck("series", 0)
    row = row_of(numbered("R3"), 3)
    findings = [*check.take(drawn_for(row), row), *check.end(5)]
    assert [finding.subject for finding in findings] == ["series 1", "series 2", "series 4", "series 5"]
    assert set(kinds(findings)) == {FindingKind.GAP}


def test_a_number_drawn_for_another_document_is_a_repeat() -> None:
    check, row = SeriesCheck("series", 0), row_of(numbered("R1"))
    drawn = DrawnRow(counter=1, formatted="R1", drawn_by=f"invoice:{uuid4()}")
    assert kinds(list(check.take(drawn, row))) == [FindingKind.REPEAT]


def test_a_number_that_a_caller_drew_needs_no_document_of_ours() -> None:
    check = SeriesCheck("series", 0)
    assert list(check.take(DrawnRow(counter=1, formatted="R1", drawn_by="client:shop"), None)) == []
    gone = DrawnRow(counter=2, formatted="R2", drawn_by=f"invoice:{uuid4()}")
    assert kinds(list(check.take(gone, None))) == [FindingKind.GAP]


def test_a_document_of_before_there_were_categories_is_judged_by_its_sums() -> None:
    """It has a tax group for every code of the shop, which was right when it was issued."""
    invoice = numbered("R1")
    group, line = invoice.tax_groups[0], invoice.lines[0]
    halves = tuple(group.model_copy(update={"tax_code": code}) for code in ("A", "B"))
    lines = tuple(line.model_copy(update={"tax_code": code}) for code in ("A", "B"))
    doubled = {name: getattr(invoice.totals, name) * 2 for name in ("lines_amount", "lines_net", "net", "tax", "gross")}
    totals = invoice.totals.model_copy(update={**doubled, "paid": doubled["gross"], "payable": Decimal(0)})
    sound = row_of(invoice.model_copy(update={"lines": lines, "tax_groups": halves, "totals": totals}))
    old = {name: member for name, member in sound.document.items() if name != "allowances"}
    assert FindingKind.FIGURES in kinds(list(check_document(sound)))
    assert list(check_document(sound.model_copy(update={"document": old, "hash": link(old, None)}))) == []
    wrong = {**old, "totals": {**old["totals"], "tax": "0.01"}}
    assert kinds(list(check_document(sound.model_copy(update={"document": wrong, "hash": link(wrong, None)}))))
