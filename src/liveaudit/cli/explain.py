"""``liveaudit explain``: what an event would make us do, offline."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liveaudit.cli.common import (
    EXIT_INCOMPLETE,
    CommandError,
    JsonOption,
    own_policies_if_any,
    print_json,
    safe,
)

if TYPE_CHECKING:
    from liveaudit.catalog.catalog import Catalog
    from liveaudit.catalog.plan import PlannedCall
    from liveaudit.catalog.targets import Target
    from liveaudit.policies.policy import PolicyRegistry


def texts(content: str) -> Iterator[str]:
    """The JSON documents of a file: JSON Lines, one document, a list, or CloudTrail's ``{"Records": [...]}``."""
    try:
        whole = json.loads(content)
    except (ValueError, RecursionError):
        yield from (line for line in content.splitlines() if line.strip())
        return
    if isinstance(whole, dict) and isinstance(whole.get("Records"), list):
        whole = whole["Records"]
    if isinstance(whole, list):
        yield from (json.dumps(each) for each in whole)
    else:
        yield content


def explained(text: str, catalog: Catalog, policies: PolicyRegistry) -> dict[str, Any]:
    """What one event (a CloudTrail record, bare or in its EventBridge envelope) comes to."""
    from liveaudit.catalog.targets import Relevance, match
    from liveaudit.intake.envelope import (
        HELLO_NAME,
        HELLO_SOURCE,
        IntakeError,
        decode_message,
        decode_record,
    )
    from liveaudit.model import Hello

    told: dict[str, Any] = {
        "event_id": None,
        "source": None,
        "name": None,
        "account": None,
        "region": None,
        "outcome": Relevance.INVALID.value,
        "reason": "",
        "resources": [],
        "calls": 0,
    }
    told |= _glance(text)
    try:
        event = decode_message(text) if _is_envelope(text) else decode_record(text)
    except IntakeError as error:
        return told | {"reason": str(error)}
    if isinstance(event, Hello):
        return told | {
            "source": f"{HELLO_SOURCE}{event.rule}",
            "name": HELLO_NAME,
            "account": event.account,
            "region": event.region,
            "outcome": Relevance.IGNORED.value,
            "reason": "a hello of our own: its arrival is noted, and nothing is audited",
        }
    found = match(catalog, event)
    resources, calls = _resources(catalog, policies, found.targets)
    return told | {
        "event_id": event.id,
        "source": event.source,
        "name": event.name,
        "account": event.account,
        "region": event.region,
        "outcome": found.relevance.value,
        "reason": found.reason,
        "resources": resources,
        "calls": calls,
    }


def _is_envelope(text: str) -> bool:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(given, dict) and ("detail" in given or "detail-type" in given)


def _glance(text: str) -> dict[str, Any]:
    """What an invalid event says of itself, where that is text: so that it can be found again."""
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(given, dict):
        return {}
    record = given["detail"] if isinstance(given.get("detail"), dict) else given
    names = {
        "event_id": "eventID",
        "source": "eventSource",
        "name": "eventName",
        "account": "recipientAccountId",
        "region": "awsRegion",
    }
    return {
        ours: record[theirs][:200] for ours, theirs in names.items() if isinstance(record.get(theirs), str)
    }


def _resources(
    catalog: Catalog, policies: PolicyRegistry, targets: tuple[Target, ...]
) -> tuple[list[dict[str, Any]], int]:
    from liveaudit.audit.jobs import wanted
    from liveaudit.catalog.changes import Effect
    from liveaudit.catalog.plan import planned_calls

    told = []
    calls: set[PlannedCall] = set()
    for target in targets:
        resource = target.resource
        resource_type = catalog.types[resource.type]
        everything = not target.sections or resource_type.root in target.sections
        chosen, needed = wanted(catalog, policies, resource, target.sections or None)
        if target.effect == Effect.DELETE:
            needed = frozenset({resource_type.root})
        calls |= planned_calls(catalog, resource, needed)
        told.append(
            {
                "type": resource.type,
                "id": resource.id,
                "arn": None if target.alias else catalog.arn(resource),
                "account": resource.account,
                "region": resource.region,
                "sections": sorted(resource_type.sections if everything else target.sections),
                "policies": sorted(policy.id for policy in chosen),
            }
        )
    return told, len(calls)


def explain(
    file: Annotated[
        Path,
        typer.Argument(
            help="A CloudTrail record, an EventBridge event, or JSON Lines; - for standard input."
        ),
    ],
    as_json: JsonOption = False,
) -> None:
    """Say, offline, which resources, sections and policies an event concerns, and what it would cost.

    Ends with 3 when an event was invalid.
    """
    from liveaudit.services import load

    try:
        content = (
            sys.stdin.read()
            if str(file) == "-"
            else file.read_text(encoding="utf-8", errors="surrogateescape")
        )
    except OSError as error:
        raise CommandError(f"{file}: cannot be read: {error.strerror}: name a file of events") from error
    own_policies_if_any(None)
    catalog, policies = load()
    seen = invalid = 0
    for text in texts(content):
        seen += 1
        told = explained(text, catalog, policies)
        invalid += told["outcome"] == "invalid"
        if as_json:
            print_json(told)
        else:
            _print(told)
    if not seen:
        raise CommandError(f"{file}: no event in it")
    if invalid:
        raise typer.Exit(EXIT_INCOMPLETE)


def _print(told: dict[str, Any]) -> None:
    account = f"account {told['account']}" if told["account"] else "an account that it does not tell"
    head = f"{told['source'] or '?'} {told['name'] or '?'}  {account}  {told['region'] or 'no region'}"
    if not any(told[name] for name in ("source", "name", "account", "region")):
        head = "no event"
    out = [safe(head), f"  {told['outcome']}" + (f": {safe(told['reason'])}" if told["reason"] else "")]
    for each in told["resources"]:
        out.append(f"  {each['type']} {safe(each['id'])}")
        out.append(f"    arn       {safe(each['arn'] or 'looked up by name first')}")
        out.append(f"    sections  {', '.join(each['sections'])}")
        out.append(f"    policies  {', '.join(each['policies']) or 'none'}")
    if told["resources"]:
        out.append(f"  {told['calls']} API calls")
    sys.stdout.write("\n".join(out) + "\n")
