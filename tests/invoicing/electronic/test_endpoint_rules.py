import pytest

from invoicing.electronic.endpoint_rules import broken_rule


@pytest.mark.parametrize(
    ("scheme", "right", "wrong", "rule"),
    [
        ("0088", "7300010000001", "7300010000002", "PEPPOL-COMMON-R040"),
        ("0192", "974760673", "974760674", "PEPPOL-COMMON-R041"),
        ("0184", "DK13585628", "13585628", "PEPPOL-COMMON-R042"),
        ("0208", "0202239951", "0202239952", "PEPPOL-COMMON-R043"),
        ("0007", "5560360793", "5560360794", "PEPPOL-COMMON-R049"),
        ("0151", "51824753556", "51824753557", "PEPPOL-COMMON-R050"),
    ],
)
def test_a_check_digit_is_checked(scheme: str, right: str, wrong: str, rule: str) -> None:
    assert broken_rule(scheme, right) is None
    broken = broken_rule(scheme, wrong)
    assert broken is not None
    assert broken.rule == rule


@pytest.mark.parametrize("scheme", ["0088", "0192", "0184", "0208", "0007", "0151"])
@pytest.mark.parametrize("identifier", ["", "x", "٣٣٣٣٣٣٣٣٣٣", "12 34"])
def test_what_is_no_number_is_none_of_a_scheme(scheme: str, identifier: str) -> None:
    assert broken_rule(scheme, identifier) is not None


def test_a_scheme_without_a_rule_takes_anything() -> None:
    assert broken_rule("9930", "DE1") is None
