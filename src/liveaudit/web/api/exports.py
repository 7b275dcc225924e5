"""Findings in other programs' formats, and the reports of frameworks, as streams."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse

from liveaudit.deliver.exporting import exported
from liveaudit.deliver.formats import FORMATS, security_lake
from liveaudit.deliver.interface import Library
from liveaudit.deliver.report import page
from liveaudit.deliver.report.gather import Scope, gather
from liveaudit.web.access.principal import Viewer
from liveaudit.web.api.frameworks import Account, Region
from liveaudit.web.console import Console, ConsoleDep
from liveaudit.web.findings.asked import AskedDep
from liveaudit.web.health.standing import framework_of
from liveaudit.web.problems import Problem

router = APIRouter(prefix="/api/v1", tags=["exports"])
AT_ONCE = 4
"""Exports and reports that are written at the same time: each may keep a processor busy for minutes."""
_BINARY = {"schema": {"type": "string", "format": "binary"}}


@router.get(
    "/findings/export",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "The findings, as a stream.",
            "content": {each.media_type.partition(";")[0]: _BINARY for each in FORMATS.values()},
        }
    },
)
def export_findings(
    console: ConsoleDep,
    who: Viewer,
    wanted: Annotated[
        Literal["jsonl", "csv", "ocsf", "parquet", "asff", "sarif"],
        Query(alias="format", description="docs/exports.md tells each."),
    ],
    asked: AskedDep,
) -> StreamingResponse:
    """All findings that match, however many: what the list finds, on all of its pages. `sort` and `cursor` count for nothing."""
    chosen = FORMATS[wanted]
    if wanted == "parquet":
        try:
            security_lake.load()
        except security_lake.NoParquetError as error:
            raise Problem(501, "Not installed", f"{error}, where the console runs", field="format") from error
    blocks = exported(console.database, asked.wanted, chosen, Library(console.policies))
    return _streamed(console, lambda: blocks, chosen.media_type, f"findings-{_now(console)}.{chosen.suffix}")


@router.get(
    "/frameworks/{framework}/report",
    response_class=StreamingResponse,
    responses={200: {"description": "An HTML page that loads nothing.", "content": {"text/html": _BINARY}}},
)
def report_framework(
    console: ConsoleDep,
    who: Viewer,
    framework: Annotated[
        str, Path(max_length=100, description="The framework's `id`.", examples=["cis-7.0"])
    ],
    account: Account = "",
    region: Region = "",
    findings: Annotated[
        int, Query(ge=0, le=1_000, description="Of each policy, so many are shown at most.")
    ] = 100,
) -> StreamingResponse:
    """How a framework stands, to be handed to an auditor: states, evidence, exceptions."""
    found = framework_of(console, framework)
    scope = Scope(account, region, findings)

    def blocks() -> Iterator[bytes]:
        return page.write(gather(console.database, found, console.policies, scope, console.clock()))

    answer = _streamed(console, blocks, page.MEDIA_TYPE, f"{framework}-{_now(console)}.html")
    # to be looked at and printed in the browser, where it may do even less than our own pages
    answer.headers["Content-Disposition"] = answer.headers["Content-Disposition"].replace(
        "attachment", "inline"
    )
    answer.headers["Content-Security-Policy"] = f"{page.policy()}; frame-ancestors 'none'; sandbox"
    return answer


def _now(console: Console) -> str:
    return dt.datetime.fromtimestamp(console.clock(), tz=dt.UTC).strftime("%Y%m%dT%H%M%SZ")


def _streamed(
    console: Console, blocks: Callable[[], Iterator[bytes]], media_type: str, name: str
) -> StreamingResponse:
    """The blocks as an answer. What goes wrong before the first of them is still told as a problem."""
    turns = console.shared.setdefault("exports", threading.BoundedSemaphore(AT_ONCE))
    if not turns.acquire(blocking=False):
        raise Problem(
            503,
            "Busy",
            f"{AT_ONCE} exports are under way already; try again when one is done",
            headers={"Retry-After": "30"},
        )
    stream = _in_turn(blocks, turns)
    # it has begun from here on, so that its end is reached whatever becomes of the answer
    first = next(stream, b"")

    def whole() -> Iterator[bytes]:
        yield first
        yield from stream

    return StreamingResponse(
        whole(),
        media_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="liveaudit-{name}"'},
    )


def _in_turn(blocks: Callable[[], Iterator[bytes]], turns: threading.BoundedSemaphore) -> Iterator[bytes]:
    try:
        yield from blocks()
    finally:
        turns.release()
