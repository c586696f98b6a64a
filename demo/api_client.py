"""The OAuth client with which the demo uses the API: made once, then kept in the stack's folder."""

from pathlib import Path
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from demo.failure import DemoFailed
from demo.private_file import write_private

TENANT = "acme"
GRANT = "client_credentials"


class ApiClient(BaseModel):
    """Id and secret; `invoices client create` shows the secret only once."""

    model_config = ConfigDict(frozen=True)

    client_id: str
    client_secret: str = Field(repr=False)

    @property
    def form(self) -> dict[str, str]:
        """What the token endpoint wants."""
        return {"grant_type": GRANT, "client_id": self.client_id, "client_secret": self.client_secret}


class KeptClient:
    """`client.json` and `client.form` in a folder; the second is what `curl --data @FILE` sends for a token."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "client.json"
        self.form_file = folder / "client.form"

    def read(self) -> ApiClient | None:
        """The kept client; None where there is none."""
        try:
            return ApiClient.model_validate_json(self.file.read_bytes())
        except (OSError, ValidationError):
            return None

    def keep(self, client: ApiClient) -> None:
        """Keep it from now on."""
        write_private(self.form_file, urlencode(client.form))
        write_private(self.file, client.model_dump_json(indent=2) + "\n")


def client_shown(output: str) -> ApiClient:
    """The client that `invoices client create` has made.

    Raises:
        DemoFailed: the command's words have changed.
    """
    shown = dict(line.split(":", 1) for line in output.splitlines() if ":" in line)
    try:
        return ApiClient(client_id=shown["client_id"].strip(), client_secret=shown["client_secret"].strip())
    except KeyError as error:
        raise DemoFailed("`invoices client create` did not show a client id and a client secret") from error
