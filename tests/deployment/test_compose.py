"""What can be known of docker-compose.yml without a Docker engine."""

import os
import re
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from settings import Settings
from tests.deployment.compose_file import (
    COMPOSE,
    ROOT,
    Missing,
    Service,
    example,
    example_names,
    interpolated,
    services,
    used_variables,
)
from worker import DRAIN

FILLED_IN = {
    "DATABASE_PASSWORD": "d4taba5e",
    "TEMPORAL_DATABASE_PASSWORD": "t3mp0ral",
    "INVOICES_ORDER_SERVICE_URL": "https://shop.example/orders",
    "INVOICES_PAYMENT_GATEWAY_URL": "https://shop.example/payments",
}
"""What a person writes into the empty lines of .env.example."""

OURS = ("migrate", "api", "worker")
ONE_OFF = {"temporal-schema", "migrate"}
SETTING_NAMES = {f"INVOICES_{name.upper()}" for name in Settings.model_fields}
IMAGE = re.compile(r"[a-z0-9]+(?:[/._-][a-z0-9]+)*:(?P<tag>[\w][\w.-]*)")


@pytest.fixture(scope="module")
def stack() -> dict[str, Service]:
    return services(example() | FILLED_IN)


@pytest.fixture
def no_settings_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("INVOICES_"):
            monkeypatch.delenv(name)


def settings_of(service: Service, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in service["environment"].items():
        monkeypatch.setenv(name, value)
    return Settings()


def conditions(service: Service) -> dict[str, str]:
    return {name: dependency["condition"] for name, dependency in service.get("depends_on", {}).items()}


def started_before(stack: dict[str, Service], name: str) -> Iterator[str]:
    for dependency in stack[name].get("depends_on", {}):
        yield dependency
        yield from started_before(stack, dependency)


@pytest.mark.parametrize("name", sorted(FILLED_IN))
def test_compose_refuses_to_start_while_something_needed_is_empty(name: str) -> None:
    assert not example()[name]
    with pytest.raises(Missing, match=name):
        interpolated(COMPOSE.read_text(), example() | {**FILLED_IN, name: ""})


def test_no_other_variable_is_needed() -> None:
    assert {name for name, operator in used_variables().items() if operator == ":?"} == set(FILLED_IN)


def test_env_example_explains_every_variable_of_the_file_and_no_other() -> None:
    assert set(used_variables()) - {"INVOICES_TEMPORAL_NAMESPACE"} <= example_names()
    handed_on = {
        name
        for service in yaml.safe_load(COMPOSE.read_text())["services"].values()
        for name in service.get("environment", {})
    }
    assert example_names() <= set(used_variables()) | handed_on


def test_env_example_and_the_file_agree_on_defaults() -> None:
    given = {name: value for name, value in example().items() if value}
    assert interpolated(COMPOSE.read_text(), FILLED_IN) == interpolated(COMPOSE.read_text(), given | FILLED_IN)


def test_no_secret_is_written_down(stack: dict[str, Service]) -> None:
    text = COMPOSE.read_text()
    for line in text.splitlines():
        if re.search(r"PASSWORD|_PWD|SECRET|API_KEY|ENCRYPTION_KEY", line) and not line.lstrip().startswith("#"):
            assert re.search(r":\s*(\$\{[^}]*\})?$|\$\{\w*PASSWORD:\?", line), line


@pytest.mark.parametrize("name", OURS)
def test_a_container_of_ours_gets_every_setting_and_nothing_that_is_none(name: str) -> None:
    handed = yaml.safe_load(COMPOSE.read_text())["services"][name]["environment"]
    assert {key for key in handed if key.startswith("INVOICES_")} == SETTING_NAMES


@pytest.mark.parametrize("name", OURS)
@pytest.mark.usefixtures("no_settings_around")
def test_the_values_are_settings(name: str, stack: dict[str, Service], monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of(stack[name], monkeypatch)
    assert settings.database_url.get_secret_value() == "postgresql://invoices:d4taba5e@database:5432/invoices"
    assert settings.temporal_address == "temporal:7233"
    assert settings.order_service_url == "https://shop.example/orders"
    assert settings.smtp_url.get_secret_value() == "smtp://mail:1025"
    assert settings.temporal_namespace == stack["temporal-ui"]["environment"]["TEMPORAL_DEFAULT_NAMESPACE"]


@pytest.mark.usefixtures("no_settings_around")
def test_what_stands_in_env_reaches_the_containers(monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = '{"acme":{"client_id":"us","client_secret":"shh"}}'
    values = FILLED_IN | {"INVOICES_COMMERCE_CREDENTIALS": credentials, "INVOICES_DOCUMENT_STORE_URL": "s3://invoices"}
    stack = services(example() | values)
    settings = settings_of(stack["worker"], monkeypatch)
    assert settings.commerce_credentials["acme"].client_secret.get_secret_value() == "shh"
    assert settings.document_store_url == "s3://invoices"


def test_every_image_has_a_tag_that_stays(stack: dict[str, Service]) -> None:
    for name, service in stack.items():
        image = IMAGE.fullmatch(service["image"])
        assert image, f"{name}: {service['image']}"
        assert image["tag"] != "latest"
        assert re.search(r"\d", image["tag"]), f"{name}: {image['tag']}"


def test_our_image_is_tagged_with_our_version(stack: dict[str, Service]) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert {stack[name]["image"] for name in OURS} == {f"invoice-service:{version}"}


def test_server_and_schema_of_temporal_are_of_one_version(stack: dict[str, Service]) -> None:
    server, tools = (stack[name]["image"].partition(":")[2] for name in ("temporal", "temporal-schema"))
    assert server == tools


def test_every_long_running_service_has_a_health_check(stack: dict[str, Service]) -> None:
    for name, service in stack.items():
        check = service.get("healthcheck", {})
        assert (check.get("test", ["NONE"])[0] in {"CMD", "CMD-SHELL"}) == (name not in ONE_OFF), name
        assert (service["restart"] == "unless-stopped") == (name not in ONE_OFF), name
    assert stack["migrate"]["healthcheck"]["disable"] is True


def test_api_and_worker_wait_for_the_tables_the_database_and_temporal(stack: dict[str, Service]) -> None:
    for name in ("api", "worker"):
        assert conditions(stack[name]) == {
            "migrate": "service_completed_successfully",
            "database": "service_healthy",
            "temporal": "service_healthy",
        }
    assert conditions(stack["migrate"]) == {"database": "service_healthy", "temporal": "service_healthy"}


def test_temporal_waits_for_its_schema_and_the_schema_for_its_database(stack: dict[str, Service]) -> None:
    assert conditions(stack["temporal"])["temporal-schema"] == "service_completed_successfully"
    assert conditions(stack["temporal-schema"]) == {"temporal-database": "service_healthy"}
    assert conditions(stack["temporal-ui"]) == {"temporal": "service_healthy"}


def test_nothing_waits_for_itself_and_nobody_waits_for_health_that_is_not_checked(stack: dict[str, Service]) -> None:
    for name, service in stack.items():
        assert name not in set(started_before(stack, name))
        for dependency, condition in conditions(service).items():
            assert condition == ("service_completed_successfully" if dependency in ONE_OFF else "service_healthy")


def test_api_and_worker_share_the_documents(stack: dict[str, Service], monkeypatch: pytest.MonkeyPatch) -> None:
    store = settings_of(stack["api"], monkeypatch).document_store_url
    for name in ("api", "worker"):
        assert stack[name]["volumes"] == [f"documents:{store.removeprefix('file://')}"]
    assert "documents" in yaml.safe_load(COMPOSE.read_text())["volumes"]


def test_replicas_come_from_variables_and_share_no_port_on_the_host() -> None:
    stack = services(example() | FILLED_IN | {"API_REPLICAS": "3", "WORKER_REPLICAS": "5"})
    assert [int(stack[name]["deploy"]["replicas"]) for name in ("api", "worker")] == [3, 5]
    assert "ports" not in stack["api"]
    assert "ports" not in stack["worker"]


def test_the_load_balancer_sends_to_the_port_on_which_the_api_listens(stack: dict[str, Service]) -> None:
    config = yaml.safe_load(COMPOSE.read_text())["configs"]["gateway"]["content"]
    assert f"server-template api 20 api:{stack['api']['environment']['INVOICES_API_PORT']}" in config
    assert "httpchk GET /health/live" in config
    (published,) = stack["gateway"]["ports"]
    assert published.endswith(":8000")
    assert "bind :8000" in config


def test_only_the_load_balancer_can_be_reached_from_other_machines(stack: dict[str, Service]) -> None:
    for name, service in stack.items():
        for port in service.get("ports", []):
            assert name == "gateway" or port.startswith("127.0.0.1:"), f"{name} publishes {port}"


def test_all_containers_together_fit_into_the_database(
    stack: dict[str, Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = stack["database"]["command"]
    most = int(next(part for part in command if part.startswith("max_connections=")).partition("=")[2])
    replicas = sum(int(stack[name]["deploy"]["replicas"]) for name in ("api", "worker"))
    assert replicas * settings_of(stack["api"], monkeypatch).database_pool_size < most


def test_a_worker_has_time_to_drain(stack: dict[str, Service]) -> None:
    for name in ("api", "worker"):
        assert int(stack[name]["stop_grace_period"].removesuffix("s")) > DRAIN.total_seconds()


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="containers are Linux; so is what this check reads")
def test_a_worker_is_well_while_it_is_connected_to_temporal(stack: dict[str, Service]) -> None:
    _, _, option, check = stack["worker"]["healthcheck"]["test"]
    with socket.create_server(("127.0.0.1", 0)) as temporal:
        port = temporal.getsockname()[1]

        def status() -> int:
            environment = {"INVOICES_TEMPORAL_ADDRESS": f"temporal:{port}"}
            return subprocess.run([sys.executable, option, check], env=environment, check=False, timeout=30).returncode

        assert status() == 1
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            assert status() == 0


def test_tenants_take_turns_at_its_temporal() -> None:
    """Without this the fairness keys of our workflows say nothing to it (docs/fairness.md)."""
    content = yaml.safe_load(COMPOSE.read_text())["configs"]["temporal-dynamic"]["content"]
    assert yaml.safe_load(content) == {"matching.enableFairness": [{"value": True}]}
