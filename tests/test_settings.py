"""Settings: from the environment, secrets kept to themselves, and bad values refused by name."""

import json
import os

import pytest
from cryptography.fernet import Fernet
from pydantic import ValidationError
from pydantic_settings import SettingsError

from settings import Settings, get_settings

SECRET = "s3cret-w0rd"
SECRETS = {
    "DATABASE_URL": f"postgresql://invoices:{SECRET}@db.internal/invoices",
    "TEMPORAL_API_KEY": SECRET,
    "SMTP_URL": f"smtps://mailer:{SECRET}@mail.internal",
    "COMMERCE_CREDENTIALS": json.dumps({"acme": {"client_id": "us", "client_secret": SECRET}}),
}


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("INVOICES_"):
            monkeypatch.delenv(name)


def settings_of(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    for name, value in values.items():
        monkeypatch.setenv(f"INVOICES_{name}", value)
    return Settings()


def test_what_the_environment_says_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of(
        monkeypatch,
        API_PORT="8123",
        TEMPORAL_TLS="true",
        LOGO_HOSTS='["shop.internal"]',
        COMMERCE_CREDENTIALS='{"acme":{"client_id":"us","client_secret":"word"}}',
        HTTP_TIMEOUT_SECONDS="2.5",
    )
    assert (settings.api_port, settings.temporal_tls, settings.logo_hosts) == (8123, True, ["shop.internal"])
    assert settings.commerce_credentials["acme"].client_secret.get_secret_value() == "word"
    assert settings.http_timeout_seconds == 2.5


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_an_empty_value_counts_as_unset(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert settings_of(monkeypatch, **{name.upper(): ""}) == Settings.model_construct()


def test_other_prefixes_mean_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_PORT", "8123")
    assert Settings().api_port == 8000


def test_secrets_are_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of(monkeypatch, **SECRETS, ENCRYPTION_KEY=Fernet.generate_key().decode())
    key = settings.encryption_key
    assert key is not None
    for shown in (repr(settings), str(settings), repr(settings.model_dump()), settings.model_dump_json()):
        assert SECRET not in shown
        assert key.get_secret_value() not in shown


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", SECRET),
        ("DATABASE_URL", f"postgresql://invoices:{SECRET}@db.internal:port/invoices"),
        ("DATABASE_POOL_SIZE", "0"),
        ("TEMPORAL_RETENTION_DAYS", "0"),
        ("DEPLOYMENT_NAME", "invoices.2"),
        ("BUILD_ID", "2.0"),
        ("ORDER_SERVICE_URL", SECRET),
        ("PAYMENT_GATEWAY_URL", "ftp://gateway.internal"),
        ("COMMERCE_TOKEN_URL", "https://"),
        ("COMMERCE_CREDENTIALS", json.dumps({"acme": {"client_id": "us", "client_secret": [SECRET]}})),
        ("HTTP_TIMEOUT_SECONDS", "0"),
        ("RATE_LIMITS", '{"fax":{"total":1}}'),
        ("RATE_LIMITS", '{"mail-server":{"total":-1}}'),
        ("RATE_LIMITS", '{"mail-server":{"each":1}}'),
        ("RATE_LIMITS", '{"mail-server":{"tenants":{"acme":"often"}}}'),
        ("BOUNCE_ADDRESS", "bounces at example.com"),
        ("SMTP_URL", f"mailer:{SECRET}@mail.internal"),
        ("SMTP_URL", f"http://mailer:{SECRET}@mail.internal"),
        ("SMTP_URL", f"smtp://mailer:{SECRET}@mail.internal:port"),
        ("PUBLIC_BASE_URL", "invoices.example"),
        ("API_PORT", "65536"),
        ("API_PORT", SECRET),
        ("TOKEN_LIFETIME_SECONDS", "1"),
        ("ENCRYPTION_KEY", SECRET),
        ("JOB_PAGE_SIZE", "501"),
        ("TOTAL_TOLERANCE_MINOR", "-1"),
        ("TEMPORAL_TLS", "perhaps"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_a_bad_value_is_refused_by_the_name_of_its_setting(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        settings_of(monkeypatch, **{name: value})
    faults = refused.value.errors(include_input=False, include_url=False, include_context=False)
    assert {str(fault["loc"][0]).upper() for fault in faults} == {name}
    assert SECRET not in str(faults)


def test_limits_on_calls_are_given_for_all_tenants_each_and_single_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = {"payment-gateway": {"total": 20, "tenant": 5, "tenants": {"acme": 1.5}}, "mail-server": {"total": 0.5}}
    settings = settings_of(monkeypatch, RATE_LIMITS=json.dumps(limits))
    gateway, mail = settings.rate_limits["payment-gateway"], settings.rate_limits["mail-server"]
    assert (gateway.total, gateway.tenant, gateway.tenants) == (20, 5, {"acme": 1.5})
    assert (mail.total, mail.tenant, mail.tenants) == (0.5, 0, {})
    assert "order-service" not in settings.rate_limits


@pytest.mark.parametrize("limit", [{"total": 0.5}, {"tenant": 0.9}, {"tenants": {"acme": 0.01}}])
@pytest.mark.parametrize("downstream", ["order-service", "payment-gateway"])
def test_a_limit_that_leaves_no_time_between_the_calls_of_a_step_is_refused(
    monkeypatch: pytest.MonkeyPatch, downstream: str, limit: dict[str, object]
) -> None:
    with pytest.raises(ValidationError, match=downstream):
        settings_of(monkeypatch, RATE_LIMITS=json.dumps({downstream: limit}))


def test_what_should_be_json_and_is_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COMMERCE_CREDENTIALS", "LOGO_HOSTS"):
        with pytest.raises(SettingsError) as refused:
            settings_of(monkeypatch, **{name: SECRET})
        assert name.lower() in str(refused.value)
        assert SECRET not in str(refused.value)
        monkeypatch.delenv(f"INVOICES_{name}")


@pytest.mark.parametrize("level", ["DEBUG", "debug", "Info", "WARNING", "ERROR"])
def test_a_log_level_may_be_written_in_any_case(monkeypatch: pytest.MonkeyPatch, level: str) -> None:
    assert settings_of(monkeypatch, LOG_LEVEL=level).log_level == level


def test_a_deployment_and_its_build_go_together(monkeypatch: pytest.MonkeyPatch) -> None:
    versioned = settings_of(monkeypatch, DEPLOYMENT_NAME="invoices", BUILD_ID="2.0")
    assert (versioned.deployment_name, versioned.build_id) == ("invoices", "2.0")
    monkeypatch.delenv("INVOICES_BUILD_ID")
    with pytest.raises(ValidationError, match="set both or neither"):
        settings_of(monkeypatch, DEPLOYMENT_NAME="invoices")


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings().api_port = 1  # type: ignore[misc]


def test_the_environment_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    get_settings.cache_clear()
    first = get_settings()
    monkeypatch.setenv("INVOICES_API_PORT", "8123")
    assert get_settings() is first
    get_settings.cache_clear()
    assert get_settings().api_port == 8123
    get_settings.cache_clear()
