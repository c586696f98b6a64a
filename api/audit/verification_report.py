"""A verification for readers: as JSON, and as lines of text."""

import json
from collections.abc import Iterator
from typing import Any

from database.verification import Verification


def report_body(report: Verification) -> dict[str, Any]:
    """The report as JSON shows it; `findings` and `externalNumbers` are cut where their counts say more."""
    return {
        "tenant": report.tenant,
        "clean": report.is_clean,
        "documents": report.documents,
        "files": report.files,
        "withoutFile": report.without_file,
        "series": [
            {
                "name": series.name,
                "first": series.first,
                "last": series.last,
                "issued": series.issued,
                "external": series.external,
            }
            for series in report.series
        ],
        "externalNumbers": [
            {
                "series": number.series,
                "number": number.number,
                "drawnBy": number.drawn_by,
                "drawnAt": number.drawn_at.isoformat(),
            }
            for number in report.external_numbers
        ],
        "externalNumberCount": report.external_count,
        "findings": [
            {"kind": finding.kind.value, "subject": finding.subject, "message": finding.message}
            for finding in report.findings
        ],
        "findingCount": report.finding_count,
    }


def report_json(report: Verification) -> str:
    """`report_body` as text."""
    return json.dumps(report_body(report), indent=2, ensure_ascii=False)


def report_lines(report: Verification) -> Iterator[str]:
    """What was looked at, then every finding, then the verdict."""
    for series in report.series:
        counts = f"{series.issued} issued, {series.external} external"
        yield f"series {series.name}: {series.first} to {series.last}, {counts}"
    for number in report.external_numbers:
        yield f"external number {number.number}: drawn by {number.drawn_by} at {number.drawn_at.isoformat()}"
    yield f"{report.documents} documents, {report.files} files, {report.without_file} without a file"
    for finding in report.findings:
        yield f"{finding.kind.value}: {finding.subject}: {finding.message}"
    if report.finding_count > len(report.findings):
        yield f"and {report.finding_count - len(report.findings)} more"
    yield "clean" if report.is_clean else f"NOT CLEAN: {report.finding_count} findings"
