from collections.abc import Mapping

import pytest

from invoicing.configuration.site_rules import mixin_problems, site_problems

LEAST: Mapping[str, object] = {
    "code": "test2",
    "name": "Test",
    "defaultLanguage": "en",
    "languages": ["en"],
    "currency": "GBP",
    "homeBase": {"address": {"country": "GB", "zipCode": "12345"}},
    "shipToCountries": ["GB"],
}


def test_the_least_site_may_be_stored() -> None:
    assert site_problems(LEAST) == []


@pytest.mark.parametrize(
    "member", ["code", "name", "defaultLanguage", "languages", "currency", "homeBase", "shipToCountries"]
)
def test_a_missing_member_is_named(member: str) -> None:
    body = {name: value for name, value in LEAST.items() if name != member}
    assert (member, "is required") in site_problems(body)


@pytest.mark.parametrize("member", ["country", "zipCode"])
def test_a_missing_part_of_the_address_is_named(member: str) -> None:
    address = {name: value for name, value in {"country": "GB", "zipCode": "1"}.items() if name != member}
    assert site_problems({**LEAST, "homeBase": {"address": address}}) == [(f"homeBase.address.{member}", "is required")]


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("code", "two words"),
        ("code", "a#b"),
        ("code", "a/b"),
        ("code", ""),
        ("code", 5),
        ("name", " "),
        ("active", "yes"),
        ("includesTax", 1),
        ("defaultLanguage", "english"),
        ("languages", []),
        ("languages", "en"),
        ("languages", ["en", "EN"]),
        ("currency", "euro"),
        ("availableCurrencies", ["EUR", "x"]),
        ("homeBase", "Berlin"),
        ("shipToCountries", ["Germany"]),
        ("taxDeterminationBasedOn", "HOME"),
        ("cartCalculationScale", -1),
        ("cartCalculationScale", True),
        ("metadata", []),
        ("mixins", []),
    ],
)
def test_a_wrong_member_is_named(member: str, value: object) -> None:
    assert member in {problem.field for problem in site_problems({**LEAST, member: value})}


def test_a_time_zone_must_exist() -> None:
    home = {"address": {"country": "GB", "zipCode": "1"}, "timezone": "Europe/Xp"}
    assert [problem.field for problem in site_problems({**LEAST, "homeBase": home})] == ["homeBase.timezone"]


def test_members_of_the_shops_own_are_left_alone() -> None:
    assert site_problems({**LEAST, "assistedBuying": {"storefrontUrl": ""}, "x": [1, None]}) == []


def test_a_bad_logo_is_named_in_the_mixin_and_in_the_site() -> None:
    mixin = {"logoUrl": "logo.png"}
    assert [problem.field for problem in mixin_problems("generalShopSettings", mixin)] == [
        "generalShopSettings.logoUrl"
    ]
    assert [problem.field for problem in site_problems({**LEAST, "mixins": {"generalShopSettings": mixin}})] == [
        "mixins.generalShopSettings.logoUrl"
    ]


@pytest.mark.parametrize("body", [{}, {"logoUrl": None}, {"logoUrl": "https://sample_logo_url.png"}])
def test_a_mixin_without_a_logo_or_with_a_good_one_may_be_stored(body: Mapping[str, object]) -> None:
    assert mixin_problems("generalShopSettings", body) == []


def test_other_mixins_may_hold_anything_but_must_be_objects() -> None:
    assert mixin_problems("custom", {"logoUrl": 5}) == []
    assert mixin_problems("custom", ["x"]) == [("custom", "must be an object")]
    assert mixin_problems("two words", {}) != []
