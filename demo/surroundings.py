"""What the user's environment says, and the environment that follows from it for the stack's processes."""

from collections.abc import Mapping
from dataclasses import dataclass

from demo.embedded.ports import LOOPBACK
from demo.failure import DemoFailed

PREFIX = "INVOICES_"
SHOP = ("ORDER_SERVICE_URL", "PAYMENT_GATEWAY_URL")
STAND_INS = (*SHOP, "SMTP_URL")
"""What the demo cannot do without, because it reads the books of the shop and the mails of the sink."""
NO_PROXY = ("NO_PROXY", "no_proxy")


@dataclass(frozen=True)
class Surroundings:
    """The environment, apart: `settings` of the service without their prefix, and everything else."""

    inherited: Mapping[str, str]
    settings: Mapping[str, str]

    @property
    def has_database(self) -> bool:
        """Whether the user has a PostgreSQL."""
        return "DATABASE_URL" in self.settings

    @property
    def has_temporal(self) -> bool:
        """Whether the user has a Temporal server."""
        return "TEMPORAL_ADDRESS" in self.settings

    @property
    def has_shop(self) -> bool:
        """Whether the user has a shop.

        Raises:
            DemoFailed: only half of one.
        """
        named = [name for name in SHOP if name in self.settings]
        if len(named) == 1:
            first, second = (PREFIX + name for name in SHOP)
            raise DemoFailed(f"{first} and {second} belong together: set both of them, or none")
        return bool(named)

    @property
    def has_mail_server(self) -> bool:
        """Whether the user has a mail server."""
        return "SMTP_URL" in self.settings

    def without_stand_ins(self) -> tuple["Surroundings", list[str]]:
        """The same without shop and mail server of the user's own, and the names of what was left out."""
        dropped = [name for name in STAND_INS if name in self.settings]
        kept = {name: value for name, value in self.settings.items() if name not in STAND_INS}
        return Surroundings(self.inherited, kept), [PREFIX + name for name in dropped]

    def environment(self, defaults: Mapping[str, str], embedded: Mapping[str, str]) -> dict[str, str]:
        """The environment of a process: `defaults` give way to the user's settings, and these to `embedded`."""
        settings = {**defaults, **self.settings, **embedded}
        return {**self.inherited, **{PREFIX + name: value for name, value in settings.items()}}


def surroundings(environ: Mapping[str, str]) -> Surroundings:
    """Read the environment as the service does: in any case, and an empty setting is none.

    Variables of libpq are left out, as they would turn connections of ours elsewhere, and no proxy may stand between
    processes of one machine.
    """
    settings, inherited = {}, {}
    for name, value in environ.items():
        if not name.upper().startswith(PREFIX):
            inherited[name] = value
        elif value:
            settings[name.upper().removeprefix(PREFIX)] = value
    if "DATABASE_URL" not in settings:
        inherited = {name: value for name, value in inherited.items() if not name.startswith("PG")}
    return Surroundings({**inherited, **_direct(environ)}, settings)


def _direct(environ: Mapping[str, str]) -> dict[str, str]:
    hosts = next((environ[name] for name in NO_PROXY if environ.get(name)), "")
    return dict.fromkeys(NO_PROXY, ",".join(filter(None, [LOOPBACK, "localhost", hosts])))
