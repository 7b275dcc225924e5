"""The report as HTML: whatever stands in it is text, its odd characters shown, and it loads and runs nothing."""

from __future__ import annotations

import base64
import hashlib
import importlib.resources
import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from liveaudit.deliver.interface import PRODUCT, VERSION
from liveaudit.deliver.report.facts import Report
from liveaudit.deliver.shapes import cut, gathered
from liveaudit.text import iso, shown

MEDIA_TYPE = "text/html; charset=utf-8"
LONGEST_EVIDENCE = 4_000
_FOLDER = "report/templates"
_WORDS = {
    "PASS": "pass",
    "FAIL": "fail",
    "UNKNOWN": "unknown",
    "NO_DATA": "no data",
    "MANUAL": "manual",
    "NOT_COVERED": "not covered",
}


def write(report: Report) -> Iterator[bytes]:
    """The report, bit by bit."""
    parts = _template().generate(
        report=report,
        words=_WORDS,
        style=Markup(_style()),  # noqa: S704 - a file of ours
        policy=policy(),
        product=PRODUCT,
        version=VERSION,
    )
    return gathered(part.encode() for part in parts)


@lru_cache(maxsize=1)
def policy() -> str:
    """The content security policy under which it looks as it should, and nothing in it could run or load."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'"


def _finished(value: Any) -> Any:
    # what a template made itself is Markup, and is left alone
    return shown(value, keep="\n") if isinstance(value, str) and not isinstance(value, Markup) else value


def _when(seconds: float | None) -> str:
    made = iso(seconds)
    return "" if made is None else f"{made[:10]} {made[11:16]} UTC"


def _pretty(value: Any) -> str:
    return cut(json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True, default=str), LONGEST_EVIDENCE)


def _count(number: int) -> str:
    return f"{number:,}"


@lru_cache(maxsize=1)
def _style() -> str:
    file = importlib.resources.files("liveaudit.deliver") / _FOLDER / "report.css"
    return file.read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _template() -> Any:
    made = Environment(
        loader=PackageLoader("liveaudit.deliver", _FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finished,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(when=_when, pretty=_pretty, count=_count)
    return made.get_template("report.html")
