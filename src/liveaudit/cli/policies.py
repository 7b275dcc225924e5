"""``liveaudit policies``: what is audited."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liveaudit.cli import own_policies, policy_settings
from liveaudit.cli.common import (
    EXIT_NOT_FOUND,
    CommandError,
    JsonOption,
    SettingsOption,
    one_of,
    open_store,
    own_policies_if_any,
    print_json,
    print_table,
    read_settings,
    safe,
)

if TYPE_CHECKING:
    from liveaudit.catalog.catalog import Catalog
    from liveaudit.policies.policy import Policy
    from liveaudit.store.asked import Asking

app = typer.Typer(help="The audit policies.", no_args_is_help=True, rich_markup_mode=None)
own_policies.add_to(app)
policy_settings.add_to(app)


OWN = "own"
"""All kinds but the built-in ones."""


def _asking(settings: Path | None, policies: Iterable[Policy]) -> Mapping[str, Asking]:
    """How it goes with policies that others decide, as the store of the settings tells; nothing where there are none."""
    from liveaudit.settings import find_file
    from liveaudit.store.asked import all_asked

    if find_file(settings) is None or all(each.asks is None for each in policies):
        return {}
    with closing(open_store(read_settings(settings))) as database:
        return database.read_now(all_asked)


def _unhealthy(policy_id: str, asking: Mapping[str, Asking]) -> list[str]:
    """What is wrong with the file of a policy, and with who decides it; nothing of one with which all is well."""
    from liveaudit.custom.following import FOLLOWING

    trouble = asking[policy_id].trouble if policy_id in asking else ""
    return [*FOLLOWING.wrong_with(policy_id), *([trouble] if trouble else [])]


def described(same: Sequence[Policy], catalog: Catalog, asking: Mapping[str, Asking]) -> dict[str, Any]:
    """All that is known of a policy, given as it stands on each of its types, as plain data."""
    from liveaudit.reference.facts import gather
    from liveaudit.services import remedies

    told = gather(same, catalog, remedies()).plain()
    return {**told, "unhealthy": _unhealthy(same[0].id, asking)}


@app.command("list")
def list_policies(
    service: Annotated[str, typer.Option(help="Only this service, as s3.")] = "",
    severity: Annotated[str, typer.Option(help="Only this severity.")] = "",
    framework: Annotated[str, typer.Option(help='Only policies of this framework, as "CIS 7.0".')] = "",
    kind: Annotated[
        str,
        typer.Option(help="Only policies of this kind: built-in, own, or what own ones judge by, as cel."),
    ] = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the policies, your own among them; one whose file has a mistake is told, or whose function does not answer."""
    from liveaudit.frameworks.framework import controls_by_policy, load_frameworks
    from liveaudit.model import Severity
    from liveaudit.policies.policy import PolicyKind
    from liveaudit.reference.facts import by_id
    from liveaudit.services import load

    own_policies_if_any(settings)
    catalog, policies = load()
    one_of(kind, [*PolicyKind, OWN], "--kind")
    one_of(framework, load_frameworks(), "--framework")
    one_of(severity.lower(), list(Severity), "--severity")
    one_of(service, catalog.services, "--service")
    chosen = [
        policy
        for policy in policies.all()
        if (not service or policy.service == service)
        and (not severity or policy.severity.value == severity.lower())
        and (not framework or framework in controls_by_policy().get(policy.id, {}))
        and kind in ("", policy.kind, OWN if policy.kind != PolicyKind.BUILT_IN else "")
    ]
    asking = _asking(settings, chosen)
    if as_json:
        for same in by_id(chosen).values():
            print_json(described(same, catalog, asking))
        return
    print_table(
        ("policy", "severity", "kind", "type", "title"),
        (
            (
                each,
                same[0].severity.value,
                same[0].kind.value + (" (unhealthy)" if _unhealthy(each, asking) else ""),
                ", ".join(policy.type for policy in same),
                same[0].title,
            )
            for each, same in by_id(chosen).items()
        ),
    )


@app.command("show")
def show_policy(
    policy_id: Annotated[str, typer.Argument(metavar="POLICY")],
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell all about one policy."""
    from liveaudit.reference.facts import by_id
    from liveaudit.services import load

    own_policies_if_any(settings)
    catalog, policies = load()
    same = policies.named(policy_id)
    if not same:
        close = [each for each in by_id(policies.all()) if policy_id.lower() in each][:5]
        hint = f"; perhaps {', '.join(close)}" if close else "; see: liveaudit policies list"
        raise CommandError(f"no policy {policy_id!r}{hint}", EXIT_NOT_FOUND)
    told = described(same, catalog, _asking(settings, same))
    if as_json:
        print_json(told)
        return
    lines = [f"{policy_id}  ({told['severity']}, {', '.join(told['types'])})", "", told["title"], ""]
    if told["origin"]:
        lines += ["Your own", _wrapped(f"{told['kind']}, from {told['origin']}")]
        lines += [f"  unhealthy: {safe(each)}" for each in told["unhealthy"]]
    for heading in ("why", "judged", "fix"):
        if told[heading]:
            lines += [heading.capitalize(), _wrapped(told[heading])]
    if told["definition"]:
        lines += ["As it is defined", *(f"  {safe(each)}" for each in told["definition"].splitlines())]
    lines += _parameters(told["parameters"])
    lines += _ways(told["remedies"])
    lines += ["Frameworks"]
    lines += [
        textwrap.fill(f"{name}: {', '.join(each)}", 100, initial_indent="  ", subsequent_indent="    ")
        for name, each in told["frameworks"].items()
    ] or ["  none"]
    for heading in ("sections", "calls", "events"):
        lines += [heading.capitalize(), _wrapped(", ".join(told[heading]) or "none")]
    sys.stdout.write("\n".join(lines) + "\n")


def _wrapped(text: str) -> str:
    return textwrap.fill(
        text, 100, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False, break_long_words=False
    )


def _parameters(taken: list[dict[str, Any]]) -> list[str]:
    return ["Parameters"] * bool(taken) + [
        _wrapped(
            f"{each['name']}: {each['title']} It takes {each['takes']}; if nothing is set: {each['default']}"
        )
        for each in taken
    ]


def _ways(remedies: dict[str, str]) -> list[str]:
    from liveaudit.reference.policy_page import WAYS

    lines = []
    for way, (heading, language) in WAYS.items():
        if way in remedies:
            told = [f"  {line}" for line in remedies[way].splitlines()]
            lines += [heading, *(told if language else [_wrapped(remedies[way])])]
        elif f"{way}_none" in remedies:
            lines += [heading, _wrapped(f"There is no way: {remedies[f'{way}_none']}")]
    return lines
