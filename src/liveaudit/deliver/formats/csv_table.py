"""CSV for spreadsheets (RFC 4180). No cell of it is taken for a formula, whatever a resource is called."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

from liveaudit.deliver.interface import Found
from liveaudit.deliver.shapes import as_json, cut
from liveaudit.text import iso, shown

MOST = 32_000
"""Characters of a cell: spreadsheets cut at 32,767 without saying so."""
_BEGINNINGS = "=+-@|%＝＋－＠"
"""What a spreadsheet takes for the beginning of a formula or a command (DDE), in full width too."""
_PARTED = re.compile(rf"(^|;)(?=\s*[{re.escape(_BEGINNINGS)}])")
"""Before a formula. After a semicolon as well: where that parts cells, as in much of Europe, one begins there."""
COLUMNS = (
    "id",
    "status",
    "severity",
    "policy",
    "title",
    "service",
    "type",
    "resource",
    "arn",
    "account",
    "region",
    "reason",
    "opened_at",
    "updated_at",
    "closed_at",
    "times_opened",
    "owner",
    "decided_by",
    "change",
    "actor",
    "source_ip",
    "user_agent",
    "event_id",
    "frameworks",
    "fix",
    "evidence",
)


def neutral(value: Any) -> str:
    """A cell's text: odd characters shown, and what could begin a formula made plain text by an apostrophe before it."""
    text = cut(shown("" if value is None else value), MOST, otherwise="")
    if text and (";" in text or text.lstrip()[:1] in _BEGINNINGS):
        return _PARTED.sub(r"\1'", text)
    return text


class Csv:
    """A row for each, with a heading."""

    name = "csv"
    title = "CSV"
    media_type = "text/csv; charset=utf-8"
    suffix = "csv"

    def write(self, found: Iterable[Found]) -> Iterator[bytes]:
        """The heading, then a row for each."""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        for each in found:
            writer.writerow([neutral(cell) for cell in _cells(each)])
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
        if rest := buffer.getvalue():
            yield rest.encode()


def _cells(found: Found) -> Iterator[Any]:
    finding, texts, change = found.finding, found.texts, found.change
    actor = change.get("actor") or {}
    told = {
        **finding,
        "title": texts.title,
        "service": texts.service,
        "opened_at": iso(finding["opened_at"]),
        "updated_at": iso(finding["updated_at"]),
        "closed_at": iso(finding["closed_at"]),
        "change": change.get("name", ""),
        "actor": found.who,
        "source_ip": actor.get("source_ip", ""),
        "user_agent": actor.get("user_agent", ""),
        "event_id": change.get("event_id", ""),
        "frameworks": "; ".join(f"{name}: {', '.join(each)}" for name, each in texts.controls.items()),
        "fix": texts.fix,
        "evidence": as_json(finding["evidence"]).decode(),
    }
    return (told.get(name, "") for name in COLUMNS)
