"""``liveaudit resources``: what is known of the resources, and what they were before."""

from __future__ import annotations

import json
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liveaudit.cli.common import (
    EXIT_NOT_FOUND,
    EXIT_USAGE,
    CommandError,
    JsonOption,
    SettingsOption,
    account_ids,
    ago,
    iso,
    open_store,
    print_json,
    print_table,
    read_settings,
    safe,
)
from liveaudit.cli.finding_filters import checked_services

if TYPE_CHECKING:
    from liveaudit.story.resource import ResourceStory

app = typer.Typer(help="The resources.", no_args_is_help=True, rich_markup_mode=None)
_TIMES = ("first_seen", "audited_at", "changed_at")
_MOST_CHANGES = 1000


@app.command("list")
def list_resources(
    service: Annotated[str, typer.Option(help="Only this service, as s3.")] = "",
    type_name: Annotated[str, typer.Option("--type", help="Only this type, as AWS::S3::Bucket.")] = "",
    account: Annotated[str, typer.Option(help="Only this account.", callback=account_ids)] = "",
    region: Annotated[str, typer.Option(help="Only this region.")] = "",
    state: Annotated[str, typer.Option(help="Only what is present, gone or new (not read yet).")] = "",
    text: Annotated[str, typer.Option(help="Only those with this in their id, or of this ARN.")] = "",
    open_only: Annotated[bool, typer.Option("--open", help="Only those with open findings.")] = False,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1)] = 1000,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """List resources by account, region, type and id."""
    from liveaudit.services import load
    from liveaudit.store import resource_pages
    from liveaudit.story import told

    catalog, _ = load()
    if service:
        checked_services(catalog, [service])
    if state and state not in resource_pages.STATES:
        raise CommandError(f"--state: {state!r} is none of: {', '.join(resource_pages.STATES)}", EXIT_USAGE)
    types: tuple[str, ...] = (type_name,) if type_name else ()
    if service:
        of_service = tuple(catalog.services[service].types)
        types = tuple(each for each in of_service if not type_name or each == type_name) or ("",)
    wanted = resource_pages.Wanted(types, account, region, state, text, open_only)
    database = open_store(read_settings(settings))
    try:
        found = database.read_now(partial(resource_pages.list_resources, wanted=wanted, limit=limit))
    finally:
        database.close()
    if as_json:
        for each in found:
            print_json(_readable(told.resource(each)))
        return
    now = time.time()
    print_table(
        ("number", "account", "region", "type", "id", "state", "open", "audited"),
        (
            (
                each.key,
                each.resource.account,
                each.resource.region,
                each.resource.type,
                each.resource.id,
                each.state,
                sum(each.open.values()) or "",
                ago(each.audited_at, now) if each.audited_at else "never",
            )
            for each in found
        ),
    )


@app.command("show")
def show_resource(
    resource: Annotated[str, typer.Argument(help="The resource's id, ARN, or number in the list.")],
    section: Annotated[str, typer.Option(help="Only the history of this section, all of it.")] = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what is known of a resource: verdicts, configuration, and what it was before, with who changed it."""
    from liveaudit.cli.changed import change_lines
    from liveaudit.services import load
    from liveaudit.store import resource_pages
    from liveaudit.story import told
    from liveaudit.story.resource import history_of, tell_resource

    catalog, _ = load()
    database = open_store(read_settings(settings))
    try:
        found = database.read_now(partial(resource_pages.find_resources, name=resource))
        if not found:
            raise CommandError(f"no resource {resource!r}; see: liveaudit resources list", EXIT_NOT_FOUND)
        if len(found) > 1:
            those = "; ".join(f"{each.key}: {safe(each.arn)}" for each in found)
            raise CommandError(f"{resource!r} is several: {those}; give the number", EXIT_USAGE)
        key = found[0].key
        if section:
            read = partial(history_of, key=key, catalog=catalog, section=section, limit=_MOST_CHANGES)
            changes = database.read_now(read)
        story = database.read_now(partial(tell_resource, key=key, catalog=catalog))
    finally:
        database.close()
    if story is None:
        raise CommandError(f"no resource {resource!r}; it was removed just now", EXIT_NOT_FOUND)
    if section:
        if as_json:
            for each in changes:
                print_json(_readable_change(told.change(each)))
        else:
            sys.stdout.write("\n".join(change_lines(changes, "") or ["no change is kept"]) + "\n")
        return
    if as_json:
        whole = _readable(told.whole_resource(story))
        whole["changes"] = [_readable_change(each) for each in whole["changes"]]
        print_json(whole)
        return
    sys.stdout.write("\n".join(_lines(story)) + "\n")


def _lines(story: ResourceStory) -> list[str]:
    from liveaudit.cli.changed import change_lines

    one = story.listed
    lines = [
        safe(one.arn),
        f"{one.resource.type}, {one.state}",
        "",
        f"Account     {one.resource.account}   Region {one.resource.region}   Number {one.key}",
        f"First seen  {iso(one.first_seen)}   Last audit {iso(one.audited_at) or 'never'}",
        "",
        "Verdicts",
    ]
    for each in story.verdicts:
        finding = f"  finding {each.finding[:8]}, {each.status}" if each.finding else ""
        lines.append(f"  {each.outcome:14} {each.policy}{finding}")
        if each.outcome in ("FAIL", "UNKNOWN") and each.reason:
            lines.append(f"  {'':14} {safe(each.reason)}")
    lines += ["", "Configuration"]
    for section in story.sections:
        text = "not configured" if section.state == "absent" else json.dumps(section.value)
        cut = text if len(text) <= 200 else f"{text[:200]}... ({len(text)} characters; --json tells all)"
        lines.append(f"  {section.name:24} {safe(cut)}")
    for edge in story.stands_on:
        lines.append(f"  {edge.section:24} is {edge.other_section} of {safe(edge.other.arn)}")
    lines += ["", "History of configuration"]
    lines += change_lines(story.changes) or ["  nothing has changed since it was first seen"]
    if story.more:
        lines.append("  older ones: --section NAME")
    return lines


def _readable(given: dict[str, Any]) -> dict[str, Any]:
    return {name: iso(value) if name in _TIMES else value for name, value in given.items()}


def _readable_change(given: dict[str, Any]) -> dict[str, Any]:
    return {
        name: iso(value) if name in ("read_at", "before_read_at") else value for name, value in given.items()
    }
