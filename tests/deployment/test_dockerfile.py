"""What can be known of the Dockerfile without building it."""

import json
import re
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatch

import pytest

from settings import Settings
from tests.deployment.compose_file import ROOT

SYSTEM_LIBRARIES = {"libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"}


@dataclass(frozen=True)
class Instruction:
    """One instruction with its continuation lines joined."""

    word: str
    rest: str


@pytest.fixture(scope="module")
def dockerfile() -> list[Instruction]:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("#"))
    joined = re.sub(r"\\\n\s*", " ", text).splitlines()
    return [Instruction(*line.split(" ", 1)) for line in joined if line.strip()]


def rests(dockerfile: list[Instruction], word: str) -> list[str]:
    return [instruction.rest for instruction in dockerfile if instruction.word == word]


def copied(dockerfile: list[Instruction]) -> list[str]:
    """What is copied out of the repository."""
    return [source for rest in rests(dockerfile, "COPY") if "--from" not in rest for source in rest.split()[:-1]]


def test_it_starts_from_slim_debian_with_a_python_that_we_support(dockerfile: list[Instruction]) -> None:
    minimum = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    for image in rests(dockerfile, "FROM"):
        tag = re.fullmatch(r"python:(\d+\.\d+)-slim-[a-z]+( AS build)?", image)
        assert tag, image
        assert [int(part) for part in tag[1].split(".")] >= [int(p) for p in minimum.removeprefix(">=").split(".")]


def test_it_copies_what_exists(dockerfile: list[Instruction]) -> None:
    missing = [source for source in copied(dockerfile) if not (ROOT / source).exists()]
    assert not missing


def test_it_copies_every_package_and_module_but_the_demo(dockerfile: list[Instruction]) -> None:
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    packages = {pattern.removesuffix("*") for pattern in setuptools["packages"]["find"]["include"]}
    modules = {f"{module}.py" for module in setuptools["py-modules"]}
    assert set(copied(dockerfile)) >= packages - {"demo"} | modules
    assert "demo" not in copied(dockerfile)


def test_the_build_sees_what_is_copied_and_nothing_else(dockerfile: list[Instruction]) -> None:
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    assert next(rule for rule in rules if rule and not rule.startswith("#")) == "*"
    assert {rule.removeprefix("!") for rule in rules if rule.startswith("!")} == set(copied(dockerfile))
    for secret in (".env", ".git", "var", ".venv"):
        assert f"!{secret}" not in rules


def test_every_package_is_installed_by_its_hash(dockerfile: list[Instruction]) -> None:
    commands = [part.strip() for run in rests(dockerfile, "RUN") for part in run.split("&&")]
    installs = [command for command in commands if re.search(r"\bpip install\b", command)]
    assert any("requirements/service.txt" in command for command in installs)
    for command in installs:
        assert "--require-hashes" in command or ("--no-deps" in command and command.endswith("wheel/*.whl")), command
    (wheel,) = [command for command in commands if "pip wheel" in command]
    assert "--no-build-isolation" in wheel
    assert "--no-deps" in wheel


def test_the_build_backend_is_pinned_where_the_dockerfile_looks_for_it() -> None:
    requirements = (ROOT / "requirements" / "dev.txt").read_text()
    assert re.search(r"^setuptools==\S+ \\\n    --hash=sha256:", requirements, re.MULTILINE)


def test_neither_demo_nor_development_packages_are_installed(dockerfile: list[Instruction]) -> None:
    runs = " ".join(rests(dockerfile, "RUN"))
    assert "[demo" not in runs
    assert not re.search(r"-r \S*dev\.txt", runs)


def test_the_libraries_of_weasyprint_are_installed(dockerfile: list[Instruction]) -> None:
    (apt,) = [run for run in rests(dockerfile, "RUN") if "apt-get install" in run]
    assert set(apt.split()) >= SYSTEM_LIBRARIES | {"--no-install-recommends"}
    assert "rm -rf /var/lib/apt/lists" in apt
    named = re.search(r'packages="(.*)"', (ROOT / "scripts" / "system_libraries.sh").read_text())
    assert named
    assert set(named[1].split()) == SYSTEM_LIBRARIES


def test_it_does_not_run_as_root(dockerfile: list[Instruction]) -> None:
    user = rests(dockerfile, "USER")[-1]
    assert int(user) > 0
    assert any(f"useradd --system --user-group --uid {user}" in run for run in rests(dockerfile, "RUN"))
    after = dockerfile[dockerfile.index(Instruction("USER", user)) :]
    assert not rests(after, "RUN")


def test_the_command_is_invoices(dockerfile: list[Instruction]) -> None:
    assert json.loads(rests(dockerfile, "ENTRYPOINT")[-1]) == ["invoices"]
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert "invoices" in scripts


def test_its_health_is_the_health_of_the_api(dockerfile: list[Instruction]) -> None:
    (check,) = rests(dockerfile, "HEALTHCHECK")
    command = json.loads(check[check.index("[") :])
    assert command[:2] == ["python", "-c"]
    compile(command[2], "HEALTHCHECK", "exec")
    assert "/health/live" in command[2]
    assert f"'{Settings.model_fields['api_port'].default}'" in command[2]


def test_every_variable_of_ours_that_it_sets_is_a_setting(dockerfile: list[Instruction]) -> None:
    names = re.findall(r"\bINVOICES_(\w+)", " ".join(rests(dockerfile, "ENV")))
    assert names
    assert {name.lower() for name in names} <= set(Settings.model_fields)


def test_it_holds_no_secret(dockerfile: list[Instruction]) -> None:
    words = {
        name for word in ("ARG", "ENV") for rest in rests(dockerfile, word) for name in re.findall(r"(\w+)=", rest)
    }
    assert not [name for name in words if fnmatch(name, "*PASSWORD*") or fnmatch(name, "*SECRET*")]


def test_every_data_file_is_in_the_package() -> None:
    """The image installs the wheel, so a template or a font that the package leaves out would be missing there."""
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["*"]
    left_out = [
        path.relative_to(ROOT)
        for room in (
            "activities",
            "api",
            "commands",
            "contracts",
            "database",
            "documents",
            "integrations",
            "invoicing",
            "workflows",
        )
        for path in (ROOT / room).rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc", ".md"}
        if not any(fnmatch(path.name, pattern) for pattern in patterns)
    ]
    assert not left_out
