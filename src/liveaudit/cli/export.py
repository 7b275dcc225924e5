"""``liveaudit findings export`` and ``liveaudit frameworks report``: what is handed to others."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from liveaudit.cli.common import (
    EXIT_NOT_FOUND,
    EXIT_USAGE,
    CommandError,
    SettingsOption,
    account_ids,
    note,
    open_store,
    own_policies_if_any,
    read_settings,
    safe,
)
from liveaudit.cli.finding_filters import FindingFilters, as_set, filtered

OutputOption = Annotated[
    Path | None,
    typer.Option(help="Write to this file, whole or not at all; else to standard output.", metavar="FILE"),
]


@filtered
def export_findings(
    wanted_format: Annotated[str, typer.Option("--format", help="jsonl, csv, ocsf, parquet, asff or sarif.")],
    filters: FindingFilters,
    output: OutputOption = None,
    settings: SettingsOption = None,
) -> None:
    """Write findings in a format for other programs, all that match, however many: they are streamed.

    jsonl: each finding whole, one a line. csv: for spreadsheets; no cell is a formula. ocsf: Compliance Findings of OCSF
    1.5, one a line. parquet: those of OCSF 1.3, as Security Lake takes them; needs liveaudit[parquet]. asff: each line an input of Security Hub's BatchImportFindings. sarif: one SARIF 2.1.0 log.
    """
    from liveaudit.deliver.exporting import exported
    from liveaudit.deliver.formats import FORMATS
    from liveaudit.deliver.interface import Library
    from liveaudit.services import load
    from liveaudit.store.exports import number_of

    if wanted_format not in FORMATS:
        raise CommandError(f"--format: {wanted_format!r} is none of: {', '.join(FORMATS)}", EXIT_USAGE)
    catalog, policies = load()
    wanted = filters.wanted(catalog, time.time())
    loaded = read_settings(settings)
    wanted = as_set(wanted, loaded)
    done = 0
    database = open_store(loaded)
    try:
        with (
            _progress(lambda: database.read_now(lambda c: number_of(c, wanted))) as bar,
            _writer(output) as write,
        ):

            def told(number: int) -> None:
                nonlocal done
                done = number
                bar(number)

            for block in exported(database, wanted, FORMATS[wanted_format], Library(policies), told):
                write(block)
    finally:
        database.close()
    if output is not None:
        note(f"{done:,} findings in {safe(output)}")


def report_framework(
    name: Annotated[str, typer.Argument(help='The framework, as "CIS 7.0".')],
    account: Annotated[
        str, typer.Option(help="Only what stands in this account.", callback=account_ids)
    ] = "",
    region: Annotated[str, typer.Option(help='Only what stands in this region; "global" is one too.')] = "",
    findings: Annotated[
        int, typer.Option(help="Show at most so many findings of each policy, and so many exceptions.", min=0)
    ] = 100,
    output: OutputOption = None,
    settings: SettingsOption = None,
) -> None:
    """Write a report of a framework that can be handed to an auditor: one HTML file that prints well.

    It tells how every control stands, of every policy the verdicts, violations with evidence, exceptions with who accepted
    them and why, what could not be judged, and which accounts and regions were looked at and when.
    """
    from liveaudit.deliver.report.gather import Scope, gather
    from liveaudit.deliver.report.page import write as written
    from liveaudit.frameworks.framework import load_frameworks
    from liveaudit.services import load

    own_policies_if_any(settings)
    frameworks = load_frameworks()
    found = {each.lower(): framework for each, framework in frameworks.items()}.get(name.lower())
    if found is None:
        raise CommandError(f"no framework {name!r}; there are: {', '.join(frameworks)}", EXIT_NOT_FOUND)
    _, policies = load()
    database = open_store(read_settings(settings))
    try:
        report = gather(database, found, policies, Scope(account, region, findings), time.time())
        with _writer(output) as write:
            for block in written(report):
                write(block)
    finally:
        database.close()
    if output is not None:
        note(f"the report of {found.name} is in {safe(output)}")


@contextmanager
def _writer(output: Path | None) -> Iterator[Callable[[bytes], object]]:
    """Where the bytes go. A file has its name only when it is whole."""
    if output is None:
        sys.stdout.flush()
        yield sys.stdout.buffer.write
        sys.stdout.buffer.flush()
        return
    part = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        # 0600: what stands open is nobody else's business until its owner says so
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file.write
        part.replace(output)
    except OSError as error:
        raise CommandError(
            f"{safe(output)}: cannot be written ({error.strerror}): name another file with --output"
        ) from error
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _progress(total: Callable[[], int]) -> Iterator[Callable[[int], None]]:
    """A bar on standard error where that is a terminal; gives the function that is told how many are done."""
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    with Bar(
        TextColumn("export"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("export", total=total())
        yield lambda done: bar.update(task, completed=done)
