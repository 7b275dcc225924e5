"""``liveaudit policies``: what is audited."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liveaudit.cli.common import EXIT_NOT_FOUND, CommandError, JsonOption, print_json, print_table

if TYPE_CHECKING:
    from liveaudit.catalog.catalog import Catalog
    from liveaudit.policies.policy import Policy

app = typer.Typer(help="The audit policies.", no_args_is_help=True, rich_markup_mode=None)


def described(policy: Policy, catalog: Catalog) -> dict[str, Any]:
    """All that is known of a policy, as plain data."""
    resource_type = catalog.types[policy.type]
    events = sorted(
        name
        for name, change in resource_type.changes.items()
        if not change.sections or change.sections & (policy.sections | {resource_type.root})
    )
    calls = sorted(
        {
            f"{section.call.client}:{section.call.operation}"
            for name in policy.sections
            if (section := resource_type.sections[name]).call is not None
        }
    )
    return {
        "id": policy.id,
        "service": policy.service,
        "type": policy.type,
        "severity": policy.severity.value,
        "title": policy.title,
        "why": policy.why,
        "fix": policy.fix,
        "frameworks": {name: list(controls) for name, controls in policy.frameworks.items()},
        "sections": sorted(policy.sections),
        "events": events,
        "calls": calls,
        "timed": policy.timed,
    }


@app.command("list")
def list_policies(
    service: Annotated[str, typer.Option(help="Only this service, as s3.")] = "",
    severity: Annotated[str, typer.Option(help="Only this severity.")] = "",
    framework: Annotated[str, typer.Option(help='Only policies of this framework, as "CIS 7.0".')] = "",
    as_json: JsonOption = False,
) -> None:
    """List the policies."""
    from liveaudit.services import load

    catalog, policies = load()
    chosen = [
        policy
        for policy in policies.all()
        if (not service or policy.service == service)
        and (not severity or policy.severity.value == severity.lower())
        and (not framework or framework in policy.frameworks)
    ]
    if as_json:
        for policy in chosen:
            print_json(described(policy, catalog))
        return
    print_table(
        ("policy", "severity", "type", "title"),
        ((policy.id, policy.severity.value, policy.type, policy.title) for policy in chosen),
    )


@app.command("show")
def show_policy(
    policy_id: Annotated[str, typer.Argument(metavar="POLICY")],
    as_json: JsonOption = False,
) -> None:
    """Tell all about one policy."""
    from liveaudit.services import load

    catalog, policies = load()
    policy = policies.get(policy_id)
    if policy is None:
        close = [each.id for each in policies.all() if policy_id.lower() in each.id][:5]
        hint = f"; perhaps {', '.join(close)}" if close else "; see: liveaudit policies list"
        raise CommandError(f"no policy {policy_id!r}{hint}", EXIT_NOT_FOUND)
    told = described(policy, catalog)
    if as_json:
        print_json(told)
        return
    lines = [f"{policy.id}  ({policy.severity.value}, {policy.type})", "", policy.title, ""]
    for heading in ("why", "fix"):
        lines += [
            heading.capitalize(),
            textwrap.fill(told[heading], 100, initial_indent="  ", subsequent_indent="  "),
        ]
    lines += ["Frameworks", *(f"  {name}: {', '.join(each)}" for name, each in told["frameworks"].items())]
    for heading in ("sections", "calls", "events"):
        text = ", ".join(told[heading]) or "none"
        lines += [heading.capitalize(), textwrap.fill(text, 100, initial_indent="  ", subsequent_indent="  ")]
    sys.stdout.write("\n".join(lines) + "\n")
