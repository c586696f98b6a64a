import pytest
from babel import Locale

from documents.postal_address import address_lines, buyer_lines, place
from invoicing.invoice import Address, Buyer

GERMAN, ENGLISH, JAPANESE, CHINESE = Locale("de"), Locale("en", "US"), Locale("ja"), Locale("zh")
TOKYO = Address(
    street="丸の内", street_number="1-9-1", zip_code="100-0005", city="千代田区", state="東京都", country="JP"
)


def test_a_german_address_puts_the_street_before_the_number_and_the_code_before_the_city() -> None:
    address = Address(street="Lindenallee", street_number="5", zip_code="10115", city="Berlin", country="DE")
    assert place(address, "DE", GERMAN) == ["Lindenallee 5", "10115 Berlin"]


def test_an_american_address_puts_number_first_and_state_and_code_last() -> None:
    address = Address(
        street="Elm Street", street_number="14", city="Springfield", state="IL", zip_code="62704", country="US"
    )
    assert place(address, "US", ENGLISH) == ["14 Elm Street", "Springfield, IL 62704"]


def test_a_british_address_has_the_postcode_on_its_own_line() -> None:
    address = Address(street="High Street", street_number="1", city="Leeds", zip_code="LS1 4DY", country="GB")
    assert place(address, "GB", ENGLISH) == ["1 High Street", "Leeds", "LS1 4DY"]


@pytest.mark.parametrize(
    ("country", "line"),
    [("BR", "13035-680 Campinas - SP"), ("MX", "13035-680 Campinas, SP"), ("CN", "13035-680 Campinas, SP")],
)
def test_a_province_stands_beside_its_city(country: str, line: str) -> None:
    address = Address(city="Campinas", state="SP", zip_code="13035-680", country=country)
    assert place(address, country, ENGLISH) == [line]
    without = address.model_copy(update={"state": ""})
    assert place(without, country, ENGLISH) == ["13035-680 Campinas"]


def test_a_japanese_address_goes_from_the_code_down_to_the_name() -> None:
    buyer = Buyer(name="山田花子", address=TOKYO)
    assert buyer_lines(buyer, "JP", JAPANESE) == ["〒100-0005", "東京都千代田区丸の内1-9-1", "山田花子"]
    assert buyer_lines(buyer, "DE", JAPANESE)[0] == "日本"


def test_a_chinese_address_goes_from_the_code_down_to_the_name() -> None:
    address = Address(
        company="明月贸易有限公司",
        street="南京东路",
        street_number="100号",
        zip_code="200001",
        city="上海市",
        country="CN",
    )
    assert address_lines(address, "CN", CHINESE) == ["200001", "上海市南京东路100号", "明月贸易有限公司"]


def test_a_japanese_address_in_letters_is_written_as_elsewhere() -> None:
    address = Address(
        street="Marunouchi",
        street_number="1-9-1",
        zip_code="100-0005",
        city="Chiyoda-ku",
        state="Tokyo",
        country="JP",
    )
    buyer = Buyer(name="Hanako Yamada", address=address)
    lines = ["Hanako Yamada", "Marunouchi 1-9-1", "Chiyoda-ku, Tokyo 100-0005"]
    assert buyer_lines(buyer, "JP", JAPANESE) == buyer_lines(buyer, "JP", ENGLISH) == lines


def test_a_letter_abroad_ends_with_the_country_in_capitals() -> None:
    address = Address(street="Rue Lepic", street_number="15", zip_code="75018", city="Paris", country="FR")
    assert place(address, "DE", GERMAN)[-1] == "FRANKREICH"


def test_an_unknown_country_is_printed_by_its_code() -> None:
    assert place(Address(city="Nowhere", country="QZ"), "DE", GERMAN) == ["Nowhere", "QZ"]


def test_what_an_address_lacks_leaves_no_gap() -> None:
    assert place(Address(city="Springfield", country="US"), "US", ENGLISH) == ["Springfield"]
    assert place(Address(), "DE", GERMAN) == []


def test_the_buyer_is_named_once_although_the_address_names_them_too() -> None:
    buyer = Buyer(name="Acme GmbH", address=Address(company="Acme GmbH", contact="E. Muster", city="Ulm", country="DE"))
    assert buyer_lines(buyer, "DE", GERMAN) == ["Acme GmbH", "E. Muster", "Ulm"]


def test_a_delivery_address_carries_its_own_names() -> None:
    address = Address(company="Lager Süd", extra_lines=("Tor 3",), street="Am Hafen", street_number="1", country="DE")
    assert address_lines(address, "DE", GERMAN) == ["Lager Süd", "Am Hafen 1", "Tor 3"]
