"""The basket of the order that fills pages: sixty lines, made by a rule that can be followed with a pencil."""

from decimal import Decimal

from demo.orders.basket import Basket, Line, Product, Shipping
from demo.orders.catalogue import Kind
from demo.orders.markets import GERMANY

LINES = 60
TEXTS = (
    (
        "Höhenverstellbarer Schreibtisch „Wangerooge“ mit Memory-Steuerung, Kabelwanne und geölter Eichenplatte",
        "Height-adjustable desk “Wangerooge” with memory control, cable tray and oiled oak top",
    ),
    (
        "Akustik-Trennwand aus recyceltem Filz, beidseitig pinnbar, mit Standfüßen aus pulverbeschichtetem Stahl",
        "Acoustic partition of recycled felt, pinnable on both sides, with powder-coated steel feet",
    ),
    (
        "Donaudampfschifffahrtsgesellschaftskapitänsmützenhalter mit Wandbefestigungsschienenabdeckleiste",
        "Hat rack for captains with wall rail cover strip",
    ),
    ("Ordner", "Folder"),
    (
        "Fachbuch „Raumgestaltung für große und kleine Büros“, 2., überarbeitete Auflage",
        "Book on office design, 2nd ed.",
    ),
)


def kind_of(position: int) -> Kind:
    """Every eleventh line is zero-rated, every fifth reduced, the others bear the standard rate."""
    if position % 11 == 0:
        return "zero"
    return "reduced" if position % 5 == 0 else "standard"


def long_line(position: int) -> Line:
    """Line n: n mod 4 + 1 pieces (every ninth line: one and a half metres) at 3.15 + n times 1.37 net."""
    german, english = TEXTS[position % len(TEXTS)]
    by_the_metre = position % 9 == 0
    return Line(
        product=Product(f"ART-{position:03d}", {"de": german, "en": english}, "MTR" if by_the_metre else "H87"),
        quantity=Decimal("1.5") if by_the_metre else Decimal(position % 4 + 1),
        unit_price=Decimal("3.15") + position * Decimal("1.37"),
        rate=GERMANY.rates[kind_of(position)],
    )


def long_basket() -> Basket:
    """Lines 1 to 60, and a freight charge of 89.00 net."""
    freight = Shipping("freight", "Spedition", Decimal("89.00"), GERMANY.rates["standard"])
    return Basket(GERMANY.till, tuple(long_line(position) for position in range(1, LINES + 1)), freight)
