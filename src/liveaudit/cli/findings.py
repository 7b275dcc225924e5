"""``liveaudit findings``: what stands violated, and its story."""

from __future__ import annotations

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
    ago,
    iso,
    open_store,
    print_json,
    print_table,
    read_settings,
    safe,
)
from liveaudit.cli.finding_filters import FindingFilters, as_set, filtered

if TYPE_CHECKING:
    from liveaudit.policies.policy import PolicyRegistry

app = typer.Typer(help="The findings.", no_args_is_help=True, rich_markup_mode=None)

HOPS = ("event", "bus", "sent", "received", "claimed", "read", "judged", "stored")
"""The way of an event, from its time in CloudTrail to the stored finding."""


def told(finding: dict[str, Any], policies: PolicyRegistry) -> dict[str, Any]:
    """A finding with its policy's texts and readable times."""
    from liveaudit.frameworks.framework import controls_by_policy

    policy = policies.get(finding["policy"], finding["type"])
    told = dict(finding)
    for name in ("opened_at", "closed_at", "updated_at"):
        told[name] = iso(finding[name])
    for name in ("opened_hops", "closed_hops"):
        hops = finding[name]
        told[name] = None if hops is None else {hop: iso(at) for hop, at in hops.items()}
    for step in told.get("history", ()):
        step["at"] = iso(step["at"])
        step["hops"] = {hop: iso(at) for hop, at in step["hops"].items()}
    if policy is not None:
        told |= {
            "title": policy.title,
            "why": policy.why,
            "fix": policy.fix,
            "frameworks": {
                name: list(controls) for name, controls in controls_by_policy().get(policy.id, {}).items()
            },
        }
    return told


@app.command("list")
@filtered
def list_findings(
    filters: FindingFilters,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1)] = 1000,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """List findings, the latest first."""
    from liveaudit.services import load
    from liveaudit.store.finding_pages import page

    catalog, policies = load()
    now = time.time()
    wanted = filters.wanted(catalog, now)
    loaded = read_settings(settings)
    database = open_store(loaded)
    try:
        found = database.read_now(partial(page, wanted=as_set(wanted, loaded), limit=limit)).items
    finally:
        database.close()
    if as_json:
        for each in found:
            print_json(told(each, policies))
        return
    print_table(
        ("id", "severity", "status", "since", "policy", "account", "region", "resource"),
        (
            (
                each["id"][:8],
                each["severity"],
                each["status"],
                ago(each["opened_at"], now),
                each["policy"],
                each["account"],
                each["region"],
                each["resource"],
            )
            for each in found
        ),
    )


@app.command("show")
def show_finding(
    finding: Annotated[str, typer.Argument(help="The finding's id, or the beginning of it.")],
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell a finding's story: what is wrong, who did it, what it was before, what to do, and what happened since."""
    from liveaudit.cli.changed import change_lines
    from liveaudit.services import load, remedies
    from liveaudit.store.findings import get_findings
    from liveaudit.story.finding import tell_finding
    from liveaudit.story.told import change

    catalog, policies = load()
    database = open_store(read_settings(settings))
    try:
        found = database.read_now(lambda connection: get_findings(connection, finding))
        whole = None
        if len(found) == 1:
            whole = database.read_now(
                partial(
                    tell_finding,
                    finding_id=found[0]["id"],
                    catalog=catalog,
                    policies=policies,
                    remedies=remedies(),
                )
            )
    finally:
        database.close()
    if not found:
        raise CommandError(f"no finding {finding!r}; see: liveaudit findings list --all", EXIT_NOT_FOUND)
    if len(found) > 1:
        raise CommandError(f"{finding!r} is the beginning of several findings; give more of it", EXIT_USAGE)
    one = told(found[0], policies)
    if as_json:
        one |= {
            "opened_changes": [change(each) for each in whole.changes] if whole else [],
            "closed_changes": [change(each) for each in whole.closing] if whole else [],
            "remedies": dict(whole.remedies) if whole else {},
        }
        print_json(one)
        return
    sys.stdout.write(story(one))
    for heading, changes in (
        (("What changed", whole.changes), ("What ended it", whole.closing)) if whole else ()
    ):
        if changes:
            sys.stdout.write("\n".join(["", heading, *change_lines(changes)]) + "\n")
    if whole and "cli" in whole.remedies:
        lines = [f"  {safe(line)}" for line in whole.remedies["cli"].splitlines()]
        sys.stdout.write("\n".join(["", "To fix it", *lines]) + "\n")


def story(one: dict[str, Any]) -> str:
    """A finding in words, for a terminal."""
    import json
    import textwrap

    frameworks = textwrap.fill(
        "; ".join(f"{name} {', '.join(each)}" for name, each in one.get("frameworks", {}).items()),
        100,
        subsequent_indent=" " * 12,
    )
    lines = [
        f"{one.get('title', one['policy'])}",
        f"{one['severity']}, {one['status']} since {one['opened_at']}",
        "",
        f"Resource    {safe(one['arn'])}",
        f"Account     {one['account']}   Region {one['region']}",
        f"Policy      {one['policy']}",
        f"Reason      {safe(one['reason'])}",
        f"Evidence    {safe(json.dumps(one['evidence']))}",
        f"Frameworks  {frameworks}",
        f"Fix         {one.get('fix', '')}",
        f"            how: liveaudit policies show {one['policy']}",
        "",
        "History",
    ]
    for step in one["history"]:
        lines.append(f"  {step['at']}  {step['status']}")
        lines += [f"    {line}" for line in map(_change, step["changes"])]
        lines.append(f"    {_latency(step['hops'])}")
    return "\n".join(lines) + "\n"


def _change(change: dict[str, Any]) -> str:
    if "name" not in change:
        return f"found by {change.get('kind', 'an audit')}"
    actor = change["actor"]
    by = actor["arn"] or actor["principal_id"] or actor["type"]
    perhaps = "" if change.get("certain", True) else "perhaps "
    return safe(
        f"{perhaps}{change['name']} by {by} from {actor['source_ip']} with {actor['user_agent'][:60]} (event {change['event_id']})"
    )


def _latency(hops: dict[str, str]) -> str:
    return "  ".join(f"{hop} {hops[hop][11:23]}" for hop in HOPS if hop in hops)
