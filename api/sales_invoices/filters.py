"""The parameters of the sales invoice list, and what they mean (Deskera B.2).

`limit`, `page`, `query`, `search`, `sort` and `sortDir` are the vendor's, `status` is its client's, the rest is ours.
Several values of one parameter, repeated or joined by commas, mean any of them; different parameters must all hold.
An empty parameter counts as left out, and one that is not known is ignored. A field that `query` does not know is
refused, since leaving the condition out would list too much. Names of states are taken in any case, other texts as
they are.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Annotated, TypeVar

from litestar.params import FromQuery, QueryParameter

from api.deskera import page_of, parse_date
from api.errors.api_error import ApiError
from database.sales_invoice_lists import FIELDS, SORTS, AnyOf, Filters, Overdue, Range, Sorting, Value
from invoicing.sales.filter_language import FilterSyntax, parse_filter

DIRECTIONS = {"ASC": False, "DESC": True}
LARGEST_ID = 2**63 - 1
SEVERAL = {
    "status": "status",
    "contactCode": "contactCode",
    "contactCodes": "contactCode",
    "currency": "currency",
    "paymentStatus": "paymentStatus",
    "fulfillmentStatus": "fulfillmentStatus",
    "orderId": "orderId",
    "kind": "kind",
}
"""Parameters that name values of one field."""
DATES = {"salesInvoiceDate": ("dateFrom", "dateTo"), "salesInvoiceDueDate": ("dueFrom", "dueTo")}
AMOUNTS = {"totalAmount": ("minAmount", "maxAmount"), "dueAmount": ("minDue", "maxDue")}

Bound = TypeVar("Bound", date, Decimal)
Read = TypeVar("Read")
Several = tuple[str, ...]


@dataclass(frozen=True)
class ListParameters:
    """The parameters as they were sent: those left out are absent, texts without the blanks around them."""

    sent: dict[str, tuple[str, ...]]
    page: int
    limit: int

    def text(self, name: str) -> str | None:
        """The parameter's last value."""
        values = self.sent.get(name)
        return values[-1] if values else None

    @property
    def needs_today(self) -> bool:
        """Whether `filters` wants to know which day it is."""
        return self.text("overdue") is not None and self.text("asOf") is None

    def filters(self, today: date | None = None) -> Filters:
        """What to list.

        Raises:
            ApiError: 400 naming the parameter.
        """
        named = [self._any_of(name, field) for name, field in SEVERAL.items() if name in self.sent]
        dates = [self._range(field, ends, _day) for field, ends in DATES.items()]
        amounts = [self._range(field, ends, _amount) for field, ends in AMOUNTS.items()]
        return Filters(
            any_of=(*self._conditions(), *named),
            ranges=(*dates, *amounts),
            overdue=self._overdue(today),
            search=self.text("search"),
        )

    def sorting(self) -> Sorting:
        """In which order. The newest come first; with a `sort` and no `sortDir`, it is ascending.

        Raises:
            ApiError: 400 naming the parameter.
        """
        sort, direction = self.text("sort"), (self.text("sortDir") or "").upper()
        if sort is not None and sort not in SORTS:
            raise ApiError(400, f"sort must be one of {', '.join(SORTS)}", field="sort")
        if direction and direction not in DIRECTIONS:
            raise ApiError(400, "sortDir must be ASC or DESC", field="sortDir")
        usual = Sorting()
        return Sorting(
            by=sort or usual.by,
            descending=DIRECTIONS[direction] if direction else sort is None and usual.descending,
        )

    def _conditions(self) -> list[AnyOf]:
        try:
            conditions = parse_filter(self.text("query") or "")
        except FilterSyntax as error:
            raise ApiError(400, str(error), field="query") from error
        for condition in conditions:
            if condition.field not in FIELDS:
                raise ApiError(
                    400, f"cannot be filtered by {condition.field}, only by {', '.join(FIELDS)}", field="query"
                )
        return [
            AnyOf(each.field, tuple(_value(text, each.field, "query") for text in each.values)) for each in conditions
        ]

    def _any_of(self, name: str, field: str) -> AnyOf:
        texts = [text.strip() for sent in self.sent[name] for text in sent.split(",") if text.strip()]
        return AnyOf(field, tuple(_value(text, field, name) for text in texts))

    def _range(self, field: str, ends: tuple[str, str], reader: Callable[[str], Bound]) -> Range:
        least, most = (None if (text := self.text(name)) is None else _read(text, reader, name) for name in ends)
        if least is not None and most is not None and least > most:
            raise ApiError(400, f"{ends[1]} must not lie before {ends[0]}", field=ends[1])
        return Range(field, least, most)

    def _overdue(self, today: date | None) -> Overdue | None:
        text, as_of = self.text("overdue"), self.text("asOf")
        day = today if as_of is None else _read(as_of, _day, "asOf")
        if text is None or day is None:
            return None
        return Overdue(day, wanted=_read(text, _flag, "overdue"))


async def provide_list_parameters(
    *,
    limit: FromQuery[str] = "",
    page: FromQuery[str] = "",
    status: FromQuery[Several] = (),
    conditions: Annotated[str, QueryParameter(name="query")] = "",
    search: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    sort_dir: Annotated[str, QueryParameter(name="sortDir")] = "",
    contact_code: Annotated[Several, QueryParameter(name="contactCode")] = (),
    contact_codes: Annotated[Several, QueryParameter(name="contactCodes")] = (),
    currency: FromQuery[Several] = (),
    payment_status: Annotated[Several, QueryParameter(name="paymentStatus")] = (),
    fulfillment_status: Annotated[Several, QueryParameter(name="fulfillmentStatus")] = (),
    order_id: Annotated[Several, QueryParameter(name="orderId")] = (),
    kind: FromQuery[Several] = (),
    date_from: Annotated[str, QueryParameter(name="dateFrom")] = "",
    date_to: Annotated[str, QueryParameter(name="dateTo")] = "",
    due_from: Annotated[str, QueryParameter(name="dueFrom")] = "",
    due_to: Annotated[str, QueryParameter(name="dueTo")] = "",
    min_amount: Annotated[str, QueryParameter(name="minAmount")] = "",
    max_amount: Annotated[str, QueryParameter(name="maxAmount")] = "",
    min_due: Annotated[str, QueryParameter(name="minDue")] = "",
    max_due: Annotated[str, QueryParameter(name="maxDue")] = "",
    overdue: FromQuery[str] = "",
    as_of: Annotated[str, QueryParameter(name="asOf")] = "",
) -> ListParameters:
    """Dependency `listing` of the controllers; it names the parameters so that the documentation page shows them."""
    number, size = page_of({"limit": limit, "page": page})
    sent = {
        "status": status,
        "query": conditions,
        "search": search,
        "sort": sort,
        "sortDir": sort_dir,
        "contactCode": contact_code,
        "contactCodes": contact_codes,
        "currency": currency,
        "paymentStatus": payment_status,
        "fulfillmentStatus": fulfillment_status,
        "orderId": order_id,
        "kind": kind,
        "dateFrom": date_from,
        "dateTo": date_to,
        "dueFrom": due_from,
        "dueTo": due_to,
        "minAmount": min_amount,
        "maxAmount": max_amount,
        "minDue": min_due,
        "maxDue": max_due,
        "overdue": overdue,
        "asOf": as_of,
    }
    texts = {name: (values,) if isinstance(values, str) else values for name, values in sent.items()}
    stated = {name: tuple(text.strip() for text in values if text.strip(" ,")) for name, values in texts.items()}
    return ListParameters({name: values for name, values in stated.items() if values}, number, size)


def _value(text: str, field: str, name: str) -> Value:
    """One value of a field, which the parameter `name` asks for."""
    holds = FIELDS[field].holds
    reader = _READERS.get(holds)
    label = f"{field} in {name}" if name == "query" else name
    return _read(text, reader or partial(_member, holds), name, label)


def _read(text: str, reader: Callable[[str], Read], name: str, label: str | None = None) -> Read:
    """What the parameter `name` says.

    Raises:
        ApiError: 400 naming the parameter.
    """
    try:
        return reader(text)
    except ValueError as error:
        raise ApiError(400, f"{label or name} {error}", field=name) from None


def _text(text: str) -> str:
    return text


def _member(choices: type[Value], text: str) -> str:
    known = [member.value for member in choices] if issubclass(choices, StrEnum) else []
    if text.upper() not in known:
        raise ValueError(f"must be one of {', '.join(known)}")
    return text.upper()


def _day(text: str) -> date:
    try:
        return parse_date(text)
    except ValueError:
        raise ValueError("must be a date of the form dd-MM-yyyy") from None


def _amount(text: str) -> Decimal:
    if not re.fullmatch(r"[+-]?\d{1,18}(\.\d{1,12})?", text, re.ASCII):
        raise ValueError("must be a number")
    return Decimal(text)


def _flag(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ValueError("must be true or false")
    return text.lower() == "true"


def _whole(text: str) -> int:
    if not re.fullmatch(r"\d{1,19}", text, re.ASCII) or int(text) > LARGEST_ID:
        raise ValueError("must be a whole number")
    return int(text)


_READERS: dict[type[Value], Callable[[str], Value]] = {
    str: _text,
    date: _day,
    Decimal: _amount,
    bool: _flag,
    int: _whole,
}
