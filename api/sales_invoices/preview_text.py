"""A computed sales invoice as a table of text, for people at a terminal."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from api.deskera import Json

Row = tuple[str, ...]


def preview_text(shown: Json) -> str:
    """Lines, allowances and charges, tax groups, totals: every figure that the answer of a preview has."""
    return "\n\n".join(part for part in (*_tables(shown), _note(shown)) if part)


def _tables(shown: Json) -> Iterator[str]:
    amounts = "with tax" if shown["unitPriceGstInclusive"] else "without tax"
    heading = ("", "line", "quantity", "price", f"amount {amounts}", "tax")
    yield _table(heading, [row for line in shown["lines"] for row in _line(line)])
    extras = [(sign, one) for sign, name in (("-", "allowances"), ("+", "charges")) for one in shown[name]]
    if extras:
        yield _table(
            ("", "on the invoice", f"amount {amounts}", "tax"),
            [(sign, one["name"], f"{sign}{_number(one['amount'])}", _tax(one)) for sign, one in extras],
        )
    yield _table(("tax", "", "net", "tax", "gross"), [_group(group) for group in shown["taxGroups"]])
    totals = [(one["term"], one["name"], _number(one["amount"])) for one in shown["totals"]]
    if shown["withheldAmount"]:
        totals.append(("", "Withheld", _number(shown["withheldAmount"])))
    totals.append(("", f"Due in {shown['currency']}", _number(shown["dueAmount"])))
    yield _table(("", "totals", "amount"), totals)


def _line(line: Json) -> Iterator[Row]:
    per = f" per {_number(line['priceBaseQuantity'])}" if line["priceBaseQuantity"] != 1 else ""
    yield (
        str(line["position"]),
        line["name"],
        _number(line["productQuantity"]),
        f"{_number(line['unitPrice'])}{per}",
        _number(line["amount"]),
        _tax(line),
    )
    for one in line["adjustments"]:
        sign = "-" if one["kind"] == "ALLOWANCE" else "+"
        what = one["reason"] or one["kind"].lower()
        percent = f" {_number(one['percent'])} %" if one["percent"] is not None else ""
        yield "", f"  {what}{percent}", "", "", f"(in it {sign}{_number(one['amount'])})", ""


def _group(group: Json) -> Row:
    reason = group["exemptionReason"] or ""
    return _tax(group), reason, _number(group["net"]), _number(group["tax"]), _number(group["gross"])


def _tax(part: Json) -> str:
    return f"{part['taxCategory']} {_number(part['taxRate'])} %"


def _note(shown: Json) -> str:
    base = shown["inBaseCurrency"]
    if base is None:
        return ""
    return (
        f"At {_number(base['exchangeRate'])} of {base['exchangeRateDate']}: "
        f"tax {_number(base['tax'])} {base['currency']}, total {_number(base['total'])} {base['currency']}"
    )


def _number(number: Decimal) -> str:
    return f"{number:f}"


def _table(heading: Row, rows: Sequence[Row]) -> str:
    """Columns as wide as their longest text; numbers stand to the right."""
    table = [heading, *rows]
    widths = [max(len(row[i]) for row in table) for i in range(len(heading))]
    right = [all(_is_figure(row[i]) for row in rows) for i in range(len(heading))]
    return "\n".join(
        "  ".join(
            text.rjust(width) if is_right else text.ljust(width)
            for text, width, is_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in table
    )


def _is_figure(text: str) -> bool:
    return not text or text[-1].isdigit() or text.endswith(")")
