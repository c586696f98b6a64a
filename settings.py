"""Every setting of the service: one class, one prefix (`INVOICES_`), one table in the README.

An empty environment value counts as unset. Secrets are `SecretStr`, so that no log or error shows them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from invoicing.mail_address import is_mail_address

Downstream = Literal["order-service", "payment-gateway", "mail-server"]
Rate = Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)]


class CommerceCredentials(BaseModel):
    """The OAuth client with which we read one tenant's orders and capture its payments."""

    model_config = ConfigDict(frozen=True)

    client_id: str
    client_secret: SecretStr


class RateLimit(BaseModel):
    """Calls a second that somebody downstream can take; 0 is no limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    total: Rate = 0.0
    """Of all tenants together."""
    tenant: Rate = 0.0
    """Of each tenant."""
    tenants: dict[str, Rate] = {}
    """Of the tenants that have a limit of their own."""


class Settings(BaseSettings):
    """What may differ from one installation to the next.

    Field descriptions are the README's settings table; a test holds the two together.
    """

    model_config = SettingsConfigDict(env_prefix="INVOICES_", env_ignore_empty=True, frozen=True)

    database_url: Annotated[
        SecretStr, Field(description="PostgreSQL, as `postgresql://user:password@host:port/database`")
    ] = SecretStr("postgresql://invoices:invoices@127.0.0.1:5432/invoices")
    database_pool_size: Annotated[int, Field(ge=1, le=200, description="Connections a process keeps at most")] = 10

    temporal_address: Annotated[str, Field(description="Temporal frontend, `host:port`")] = "127.0.0.1:7233"
    temporal_namespace: Annotated[str, Field(description="Temporal namespace")] = "invoices"
    temporal_retention_days: Annotated[
        int, Field(ge=1, description="How long `invoices migrate` makes the namespace keep closed workflows")
    ] = 365
    temporal_tls: Annotated[bool, Field(description="Speak TLS to Temporal")] = False
    temporal_api_key: Annotated[SecretStr | None, Field(description="API key for Temporal, where it asks for one")] = (
        None
    )

    deployment_name: Annotated[
        str | None,
        Field(pattern=r"^[^.:]+$", description="Worker deployment of Temporal, with a build id; unset: no versions"),
    ] = None
    build_id: Annotated[
        str | None, Field(validate_default=True, description="Which version of that deployment these workers are")
    ] = None

    order_service_url: Annotated[str, Field(description="Base URL of Order Service v2")] = "http://127.0.0.1:8090"
    payment_gateway_url: Annotated[str, Field(description="Base URL of the Payment Gateway")] = "http://127.0.0.1:8090"
    commerce_token_url: Annotated[
        str | None, Field(description="OAuth token endpoint of the shop; unset: calls carry no token")
    ] = None
    commerce_credentials: Annotated[
        dict[str, CommerceCredentials],
        Field(description='JSON, one OAuth client a tenant: `{"acme":{"client_id":"...","client_secret":"..."}}`'),
    ] = {}
    http_timeout_seconds: Annotated[float, Field(gt=0, description="Limit on one call to the shop or the gateway")] = (
        15.0
    )

    smtp_url: Annotated[
        SecretStr,
        Field(description="Mail server: `smtp://` (STARTTLS when offered) or `smtps://`, `user:password@` to log in"),
    ] = SecretStr("smtp://127.0.0.1:1025")
    smtp_require_tls: Annotated[bool, Field(description="Refuse a mail server that offers no TLS")] = False
    mail_from: Annotated[
        str, Field(description="Sender where a tenant has no `cust.notification.email.from` configuration")
    ] = "invoices@localhost"
    bounce_address: Annotated[
        str | None,
        Field(description="Address that undeliverable mails come back to (envelope sender); unset: the sender's"),
    ] = None
    bounce_maildir: Annotated[
        Path | None, Field(description="Maildir that they arrive in, which the workers read; unset: none is read")
    ] = None

    rate_limits: Annotated[
        dict[Downstream, RateLimit],
        Field(description='JSON, calls a second: `{"payment-gateway":{"total":20,"tenant":5}}`; see Rate limits'),
    ] = {}

    document_store_url: Annotated[
        str, Field(description="Where PDFs and attachments are kept: `file:///folder`, `s3://`, `gs://` or `az://`")
    ] = "file:///var/lib/invoices/documents"
    attachment_max_bytes: Annotated[
        int, Field(ge=1, le=256 * 1024 * 1024, description="Largest file that can be attached to a sales invoice")
    ] = 10 * 1024 * 1024
    public_base_url: Annotated[str, Field(description="How the API is reached from outside; begins every link")] = (
        "http://127.0.0.1:8000"
    )
    logo_hosts: Annotated[
        list[str],
        Field(description="JSON list of hosts a logo may come from although their address is private or loopback"),
    ] = []

    api_host: Annotated[str, Field(description="Address the API listens on")] = "127.0.0.1"
    api_port: Annotated[int, Field(ge=0, le=65535, description="Port the API listens on")] = 8000
    token_lifetime_seconds: Annotated[int, Field(ge=60, description="Life of an access token")] = 14_400
    failed_logins_per_minute: Annotated[
        int,
        Field(
            ge=1,
            description="Wrong secrets a minute after which a client id or an address has to wait, in each process",
        ),
    ] = 30
    encryption_key: Annotated[
        SecretStr | None,
        Field(description="Fernet key for configurations marked `secured`; unset: such configurations are refused"),
    ] = None

    worker_concurrency: Annotated[int, Field(ge=1, description="Activities a worker runs at once")] = 50
    workflow_sandbox: Annotated[
        bool,
        Field(description="Run workflow code in Temporal's sandbox, for developers: it costs a worker more CPU"),
    ] = False
    render_processes: Annotated[int, Field(ge=0, description="PDF processes a worker keeps warm; 0: one a core")] = 0
    job_page_size: Annotated[int, Field(ge=1, le=500, description="Orders a job reads and drains at a time")] = 200
    job_concurrency: Annotated[int, Field(ge=1, le=500, description="Orders a job runs at once")] = 50
    total_tolerance_minor: Annotated[
        int,
        Field(ge=0, description="Minor units by which an order's own total may differ before it is held"),
    ] = 1

    log_level: Annotated[
        str, Field(pattern="^(?i:DEBUG|INFO|WARNING|ERROR)$", description="DEBUG, INFO, WARNING or ERROR")
    ] = "INFO"
    log_format: Annotated[str, Field(pattern="^(json|console)$", description="`json` or `console`")] = "json"

    @field_validator("database_url")
    @classmethod
    def _is_a_database(cls, url: SecretStr) -> SecretStr:
        try:
            make_url(url.get_secret_value())
        except (ArgumentError, ValueError):
            raise ValueError("must be postgresql://user:password@host:port/database, percent-encoded") from None
        return url

    @field_validator("build_id")
    @classmethod
    def _goes_with_a_deployment(cls, build_id: str | None, others: ValidationInfo) -> str | None:
        if (build_id is None) != (others.data.get("deployment_name") is None):
            raise ValueError("goes with INVOICES_DEPLOYMENT_NAME: set both or neither")
        return build_id

    @field_validator("rate_limits")
    @classmethod
    def _leaves_time_for_a_step(cls, limits: dict[Downstream, RateLimit]) -> dict[Downstream, RateLimit]:
        """A step that calls twice must not have to wait so long between its calls that it is told to come back."""
        for downstream in ("order-service", "payment-gateway"):
            limit = limits.get(downstream, RateLimit())
            if any(0 < rate < 1 for rate in (limit.total, limit.tenant, *limit.tenants.values())):
                raise ValueError(f"{downstream}: less than one call a second is too few for a step that makes several")
        return limits

    @field_validator("bounce_address")
    @classmethod
    def _is_a_mail_address(cls, address: str | None) -> str | None:
        if address is not None and not is_mail_address(address):
            raise ValueError("must be a mail address, such as bounces@example.com")
        return address

    @field_validator("smtp_url")
    @classmethod
    def _is_a_mail_server(cls, url: SecretStr) -> SecretStr:
        if not _names_a_host(url.get_secret_value(), "smtp", "smtps"):
            raise ValueError("must be smtp://host or smtps://host, with user:password@ percent-encoded")
        return url

    @field_validator("order_service_url", "payment_gateway_url", "commerce_token_url", "public_base_url")
    @classmethod
    def _is_a_web_address(cls, url: str | None) -> str | None:
        if url is not None and not _names_a_host(url, "http", "https"):
            raise ValueError("must begin with http:// or https:// and name a host")
        return url

    @field_validator("encryption_key")
    @classmethod
    def _is_a_fernet_key(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None:
            try:
                Fernet(key.get_secret_value())
            except ValueError:
                raise ValueError("must be a Fernet key: 32 bytes in URL-safe base64") from None
        return key


def _names_a_host(url: str, *schemes: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


class WrongSetting(Exception):
    """A setting that only its user could judge: the sentence says what is wrong with it."""


@contextmanager
def judging_settings() -> Iterator[None]:
    """Inside, a part that refuses what it is built from (`ValueError`) says that a setting is wrong.

    Raises:
        WrongSetting: with the part's own sentence.
    """
    try:
        yield
    except ValueError as error:
        raise WrongSetting(str(error)) from None


@lru_cache
def get_settings() -> Settings:
    """The process's settings, read from the environment once."""
    return Settings()
