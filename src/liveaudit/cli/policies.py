"""``liveaudit policies``: what is audited."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liveaudit.cli.common import EXIT_NOT_FOUND, EXIT_USAGE, CommandError, JsonOption, print_json, print_table

if TYPE_CHECKING:
    from liveaudit.catalog.catalog import Catalog
    from liveaudit.policies.policy import Policy

app = typer.Typer(help="The audit policies.", no_args_is_help=True, rich_markup_mode=None)

WAYS = {
    "console": "In the console",
    "cli": "With the AWS CLI",
    "cloudformation": "With CloudFormation",
    "terraform": "With Terraform",
}
"""The ways to mend what a policy finds, and how they are headed."""


def described(same: Sequence[Policy], catalog: Catalog) -> dict[str, Any]:
    """All that is known of a policy, given as it stands on each of its types, as plain data."""
    from liveaudit.frameworks.framework import controls_by_policy
    from liveaudit.services import remedies

    events: set[str] = set()
    calls: set[str] = set()
    for policy in same:
        resource_type = catalog.types[policy.type]
        touching = policy.sections | {resource_type.root}
        events |= {
            name
            for name, change in resource_type.changes.items()
            if not change.sections or change.sections & touching
        }
        calls |= {
            f"{section.call.client}:{section.call.operation}"
            for name in policy.sections
            if (section := resource_type.sections[name]).call is not None
        }
    first = same[0]
    return {
        "id": first.id,
        "service": first.service,
        "type": first.type,
        "types": [policy.type for policy in same],
        "severity": first.severity.value,
        "title": first.title,
        "why": first.why,
        "fix": first.fix,
        "remedies": told.plain() if (told := remedies().get(first.id)) else {},
        "frameworks": {
            name: list(controls) for name, controls in controls_by_policy().get(first.id, {}).items()
        },
        "sections": sorted({section for policy in same for section in policy.sections}),
        "events": sorted(events),
        "calls": sorted(calls),
        "timed": any(policy.timed for policy in same),
    }


def by_id(policies: Iterable[Policy]) -> dict[str, list[Policy]]:
    """The policies together by their id."""
    found: dict[str, list[Policy]] = {}
    for policy in policies:
        found.setdefault(policy.id, []).append(policy)
    return found


@app.command("list")
def list_policies(
    service: Annotated[str, typer.Option(help="Only this service, as s3.")] = "",
    severity: Annotated[str, typer.Option(help="Only this severity.")] = "",
    framework: Annotated[str, typer.Option(help='Only policies of this framework, as "CIS 7.0".')] = "",
    as_json: JsonOption = False,
) -> None:
    """List the policies."""
    from liveaudit.frameworks.framework import controls_by_policy, load_frameworks
    from liveaudit.services import load

    catalog, policies = load()
    if framework and framework not in load_frameworks():
        raise CommandError(
            f"--framework: {framework!r} is none of: {', '.join(load_frameworks())}", EXIT_USAGE
        )
    chosen = [
        policy
        for policy in policies.all()
        if (not service or policy.service == service)
        and (not severity or policy.severity.value == severity.lower())
        and (not framework or framework in controls_by_policy().get(policy.id, {}))
    ]
    if as_json:
        for same in by_id(chosen).values():
            print_json(described(same, catalog))
        return
    print_table(
        ("policy", "severity", "type", "title"),
        (
            (each, same[0].severity.value, ", ".join(policy.type for policy in same), same[0].title)
            for each, same in by_id(chosen).items()
        ),
    )


@app.command("show")
def show_policy(
    policy_id: Annotated[str, typer.Argument(metavar="POLICY")],
    as_json: JsonOption = False,
) -> None:
    """Tell all about one policy."""
    from liveaudit.services import load

    catalog, policies = load()
    same = policies.named(policy_id)
    if not same:
        close = [each for each in by_id(policies.all()) if policy_id.lower() in each][:5]
        hint = f"; perhaps {', '.join(close)}" if close else "; see: liveaudit policies list"
        raise CommandError(f"no policy {policy_id!r}{hint}", EXIT_NOT_FOUND)
    told = described(same, catalog)
    if as_json:
        print_json(told)
        return
    lines = [f"{policy_id}  ({told['severity']}, {', '.join(told['types'])})", "", told["title"], ""]
    for heading in ("why", "fix"):
        lines += [
            heading.capitalize(),
            textwrap.fill(told[heading], 100, initial_indent="  ", subsequent_indent="  "),
        ]
    for way, heading in WAYS.items():
        if way in told["remedies"]:
            lines += [heading, *(f"  {line}" for line in told["remedies"][way].splitlines())]
        elif f"{way}_none" in told["remedies"]:
            lines += [heading, f"  There is no way: {told['remedies'][f'{way}_none']}"]
    lines += ["Frameworks"]
    lines += [
        textwrap.fill(f"{name}: {', '.join(each)}", 100, initial_indent="  ", subsequent_indent="    ")
        for name, each in told["frameworks"].items()
    ] or ["  none"]
    for heading in ("sections", "calls", "events"):
        text = ", ".join(told[heading]) or "none"
        lines += [heading.capitalize(), textwrap.fill(text, 100, initial_indent="  ", subsequent_indent="  ")]
    sys.stdout.write("\n".join(lines) + "\n")
