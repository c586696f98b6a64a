from invoicing.sales.site_choice import chosen_site


def test_the_default_site_sells() -> None:
    assert chosen_site([{"code": "a"}, {"code": "b", "default": True}]) == 1


def test_without_a_default_the_first_sells() -> None:
    assert chosen_site([{"code": "a"}, {"code": "b", "default": False}]) == 0


def test_a_site_that_is_not_active_sells_only_where_none_is() -> None:
    assert chosen_site([{"code": "a", "active": False, "default": True}, {"code": "b", "active": True}]) == 1
    assert chosen_site([{"code": "a", "active": False}]) == 0


def test_no_site_sells_where_there_is_none() -> None:
    assert chosen_site([]) is None
