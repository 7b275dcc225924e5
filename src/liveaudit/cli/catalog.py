"""``liveaudit catalog``: what is known of AWS's services."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from liveaudit.cli.common import (
    CommandError,
    JsonOption,
    SettingsOption,
    ago,
    iso,
    note,
    one_of,
    open_store,
    own_policies_if_any,
    print_json,
    print_table,
    read_settings,
    write_files,
)

app = typer.Typer(
    help="The catalog of services, resource types and sections.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("list")
def list_catalog(
    service: Annotated[str, typer.Option(help="Only this service, as s3.")] = "",
    as_json: JsonOption = False,
) -> None:
    """List the resource types with their sections, events and policies."""
    from liveaudit.services import load

    own_policies_if_any(None)
    catalog, policies = load()
    one_of(service, catalog.services, "--service")
    chosen = [each for each in catalog if not service or each.service == service]
    if as_json:
        for each in chosen:
            print_json(
                {
                    "service": each.service,
                    "type": each.name,
                    "scope": "global" if each.is_global else "regional",
                    "arn": each.arn,
                    "root": each.root,
                    "sections": {
                        name: (
                            f"{section.call.client}:{section.call.operation}"
                            if section.call
                            else f"{section.reference.type}#{section.reference.section}"
                            if section.reference
                            else ""
                        )
                        for name, section in each.sections.items()
                    },
                    "events": sorted(each.changes),
                    "policies": sorted(policy.id for policy in policies.of(each.name)),
                }
            )
        return
    print_table(
        ("type", "scope", "sections", "events", "policies"),
        (
            (
                each.name,
                "global" if each.is_global else "regional",
                len(each.sections),
                len(each.changes),
                len(policies.of(each.name)),
            )
            for each in chosen
        ),
    )


@app.command("gaps")
def list_gaps(
    settings: SettingsOption = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1)] = 100,
    as_json: JsonOption = False,
) -> None:
    """List the changes of covered services that the catalog does not know or cannot place, the most frequent first.

    None of them is lost: what they name by ARN was audited, or their service was swept.
    """
    import time

    from liveaudit.store import gaps

    database = open_store(read_settings(settings))
    try:
        found = database.read_now(lambda connection: gaps.list_gaps(connection, limit=limit))
    finally:
        database.close()
    if as_json:
        for each in found:
            print_json(
                {
                    "source": each.source,
                    "name": each.name,
                    "seen": each.seen,
                    "first_at": iso(each.first_at),
                    "last_at": iso(each.last_at),
                    "reason": each.reason,
                    "done": each.done,
                }
            )
        return
    now = time.time()
    print_table(
        ("source", "event", "seen", "last", "why", "what was done"),
        (
            (each.source, each.name, each.seen, ago(each.last_at, now), each.reason, each.done)
            for each in found
        ),
    )


@app.command("docs")
def write_docs(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the documentation.")],
) -> None:
    """Write the reference pages: one for each policy and service, and one of coverage.

    In DIR the folders policies and services hold these pages only: others that stand there are removed.
    """
    from liveaudit.reference.pages import FOLDERS, all_pages
    from liveaudit.services import load

    catalog, policies = load()
    pages = all_pages(catalog, policies)
    write_files(folder, pages, "another DIR")
    for name in FOLDERS:
        for page in (folder / name).glob("*.md"):
            if f"{name}/{page.name}" not in pages:
                _removed(page)
    note(f"{len(pages)} pages in {folder}")


def _removed(page: Path) -> None:
    from liveaudit.reference.markdown import MADE

    if MADE not in page.read_text(encoding="utf-8"):
        raise CommandError(f"{page} is no page of ours: move it elsewhere")
    page.unlink()
