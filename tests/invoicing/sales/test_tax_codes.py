"""What a tax of the tenant's own may be (EN 16931 BR-S-5 and its kin)."""

from decimal import Decimal

import pytest

from invoicing.invoice import TaxCategory
from invoicing.sales.tax_codes import TaxRejected, make_treatment

NO_TAX = [TaxCategory(code) for code in ("E", "AE", "K", "G", "O")]


def test_a_rate_makes_a_tax_standard_and_no_rate_makes_it_zero_rated() -> None:
    assert make_treatment(Decimal(7)).category is TaxCategory.STANDARD
    assert make_treatment(Decimal(0)).category is TaxCategory.ZERO
    assert make_treatment(Decimal("0.000001")).rate == Decimal("0.000001")


@pytest.mark.parametrize("percent", ["-0.01", "100.01", "1e6"])
def test_a_rate_is_from_nought_to_a_hundred(percent: str) -> None:
    with pytest.raises(TaxRejected) as refused:
        make_treatment(Decimal(percent))
    assert refused.value.field == "percent"


def test_a_rate_has_no_more_decimals_than_an_invoice_can_bear() -> None:
    assert make_treatment(Decimal("8.8750000")).rate == Decimal("8.875")
    with pytest.raises(TaxRejected, match="decimals"):
        make_treatment(Decimal("0.0000001"))


def test_a_standard_tax_has_a_rate() -> None:
    with pytest.raises(TaxRejected, match="BR-S-5"):
        make_treatment(Decimal(0), TaxCategory.STANDARD)


@pytest.mark.parametrize("category", [*NO_TAX, TaxCategory.ZERO])
def test_all_others_have_none(category: TaxCategory) -> None:
    with pytest.raises(TaxRejected) as refused:
        make_treatment(Decimal(19), category, "because")
    assert refused.value.field == "percent"


@pytest.mark.parametrize("category", NO_TAX)
def test_who_charges_no_tax_says_why(category: TaxCategory) -> None:
    with pytest.raises(TaxRejected) as refused:
        make_treatment(Decimal(0), category)
    assert refused.value.field == "exemptionReason"
    assert make_treatment(Decimal(0), category, "Section 4").exemption_reason == "Section 4"
    assert make_treatment(Decimal(0), category, None, "VATEX-EU-132-1I").exemption_code == "VATEX-EU-132-1I"


@pytest.mark.parametrize(("percent", "category"), [(19, TaxCategory.STANDARD), (0, TaxCategory.ZERO)])
def test_a_reason_has_no_place_where_tax_is_charged(percent: int, category: TaxCategory) -> None:
    with pytest.raises(TaxRejected) as refused:
        make_treatment(Decimal(percent), category, "because")
    assert refused.value.field == "exemptionReason"
    with pytest.raises(TaxRejected) as refused:
        make_treatment(Decimal(percent), category, None, "VATEX-EU-132")
    assert refused.value.field == "exemptionCode"


@pytest.mark.parametrize("code", ["132", "VATEX", "VATEX-EU", "vatex-eu-132", "VATEX-EU-132 "])
def test_an_exemption_code_is_of_the_vatex_list(code: str) -> None:
    with pytest.raises(TaxRejected) as refused:
        make_treatment(Decimal(0), TaxCategory.EXEMPT, "because", code)
    assert refused.value.field == "exemptionCode"
