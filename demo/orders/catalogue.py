"""The names, articles and addresses that the generated orders draw from: invented, read from `catalogue.json`."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from demo.orders.basket import Names, Product
from demo.orders.head import Address

Kind = Literal["standard", "reduced", "zero"]
"""Which of a market's rates an article bears."""


class Frozen(BaseModel):
    """Data of ours: a misspelt member is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Article(Frozen):
    """A product with its price range in hundredths; `bulk` articles are bought by the hundred."""

    id: str
    kind: Kind
    low: int
    high: int
    names: Names
    unit: str = "H87"
    bulk: bool = False

    @property
    def product(self) -> Product:
        """What an order line shows of it."""
        return Product(self.id, self.names, self.unit)


class Catalogue(Frozen):
    """All of `catalogue.json`; addresses by country."""

    products: tuple[Article, ...]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    companies: tuple[str, ...]
    addresses: dict[str, tuple[Address, ...]]

    def of_kind(self, kind: Kind) -> list[Article]:
        """The articles that bear this rate."""
        return [article for article in self.products if article.kind == kind]


@lru_cache
def catalogue() -> Catalogue:
    """The catalogue, read once."""
    return TypeAdapter(Catalogue).validate_json(Path(__file__).with_name("catalogue.json").read_bytes())
