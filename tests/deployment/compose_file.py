"""docker-compose.yml as Compose reads it: variables filled in from .env, anchors merged."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
EXAMPLE = ROOT / ".env.example"

VARIABLE = re.compile(r"\$(?:(?P<escaped>\$)|\{(?P<name>\w+)(?:(?P<operator>:[-?])(?P<rest>[^}]*))?\})")
ASSIGNMENT = re.compile(r"(?P<comment># ?)?(?P<name>[A-Z][A-Z0-9_]*)=(?P<value>.*)")

Service = dict[str, Any]


class Missing(Exception):
    """A variable without which Compose refuses to start."""


def interpolated(text: str, values: dict[str, str]) -> str:
    """The file with its variables filled in; a default applies where the value is missing or empty, as in Compose.

    Raises:
        Missing: a variable of the form `${NAME:?why}` has no value.
    """

    def value(match: re.Match[str]) -> str:
        if match["escaped"]:
            return "$"
        given = values.get(match["name"], "")
        if not given and match["operator"] == ":?":
            raise Missing(match["name"])
        return given or (match["rest"] if match["operator"] == ":-" else "")

    return VARIABLE.sub(value, text)


def services(values: dict[str, str]) -> dict[str, Service]:
    """The services; a setting without a value is taken from `values`, or left out where it is not there either."""
    parsed = yaml.safe_load(interpolated(COMPOSE.read_text(encoding="utf-8"), values))
    found: dict[str, Service] = parsed["services"]
    for service in found.values():
        environment = service.get("environment", {})
        for name in [name for name, value in environment.items() if value is None]:
            environment[name] = values.get(name)
        service["environment"] = {name: str(value) for name, value in environment.items() if value is not None}
    return found


def used_variables() -> dict[str, str | None]:
    """Every variable that the file names in braces, with its operator."""
    matches = VARIABLE.finditer(COMPOSE.read_text(encoding="utf-8"))
    return {match["name"]: match["operator"] for match in matches if not match["escaped"]}


def example() -> dict[str, str]:
    """The values that .env.example sets."""
    return {match["name"]: match["value"] for match in _assignments() if not match["comment"]}


def example_names() -> set[str]:
    """Every variable that .env.example speaks of, the commented ones included."""
    return {match["name"] for match in _assignments()}


def _assignments() -> list[re.Match[str]]:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    return [match for line in lines if (match := ASSIGNMENT.fullmatch(line))]
