import pytest

from demo.failure import DemoFailed
from demo.surroundings import surroundings


def test_the_users_setting_wins_over_a_default_and_an_embedded_part_over_both() -> None:
    users = surroundings({"INVOICES_API_PORT": "8000", "INVOICES_TEMPORAL_TLS": "true"})
    environment = users.environment({"API_PORT": "1", "LOGO_HOSTS": "[]"}, {"TEMPORAL_TLS": "false"})
    assert environment["INVOICES_API_PORT"] == "8000"
    assert environment["INVOICES_LOGO_HOSTS"] == "[]"
    assert environment["INVOICES_TEMPORAL_TLS"] == "false"


def test_settings_are_read_in_any_case_and_empty_ones_are_none() -> None:
    users = surroundings({"invoices_database_url": "postgresql://x", "INVOICES_TEMPORAL_ADDRESS": ""})
    assert users.has_database
    assert not users.has_temporal


def test_everything_but_our_settings_is_passed_on() -> None:
    inherited = surroundings({"PATH": "/bin", "DYLD_FALLBACK_LIBRARY_PATH": "/lib", "INVOICES_API_PORT": "1"}).inherited
    assert inherited["PATH"] == "/bin"
    assert inherited["DYLD_FALLBACK_LIBRARY_PATH"] == "/lib"
    assert "INVOICES_API_PORT" not in inherited


def test_variables_of_libpq_do_not_reach_an_embedded_database() -> None:
    assert "PGSSLMODE" not in surroundings({"PGSSLMODE": "require"}).inherited
    with_database = surroundings({"PGSSLMODE": "require", "INVOICES_DATABASE_URL": "postgresql://x"})
    assert with_database.inherited["PGSSLMODE"] == "require"


def test_no_proxy_stands_between_processes_of_one_machine() -> None:
    inherited = surroundings({"HTTP_PROXY": "http://proxy", "no_proxy": "intranet"}).inherited
    assert (
        inherited["NO_PROXY"].split(",") == inherited["no_proxy"].split(",") == ["127.0.0.1", "localhost", "intranet"]
    )


def test_half_a_shop_is_refused() -> None:
    with pytest.raises(DemoFailed, match="INVOICES_ORDER_SERVICE_URL and INVOICES_PAYMENT_GATEWAY_URL"):
        _ = surroundings({"INVOICES_PAYMENT_GATEWAY_URL": "http://gateway"}).has_shop


def test_the_demo_leaves_out_a_shop_and_a_mail_server_of_the_users_own_and_says_so() -> None:
    environ = {"INVOICES_SMTP_URL": "smtp://m", "INVOICES_ORDER_SERVICE_URL": "http://o", "INVOICES_API_PORT": "1"}
    kept, dropped = surroundings(environ).without_stand_ins()
    assert dropped == ["INVOICES_ORDER_SERVICE_URL", "INVOICES_SMTP_URL"]
    assert not kept.has_shop
    assert not kept.has_mail_server
    assert kept.settings["API_PORT"] == "1"
