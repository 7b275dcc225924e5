"""Who is told of a finding, and why: what each route says of it, and what was told already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from liveaudit.deliver.channels.interface import Kind
from liveaudit.deliver.plan import DIGEST, GATHERED, QUIET, Answer, Plan
from liveaudit.deliver.routing import Router, tags_by_finding
from liveaudit.store import deliveries
from liveaudit.store.deliveries import Delivery
from liveaudit.store.findings import get_findings
from liveaudit.store.outbox import Letter
from liveaudit.text import iso


@dataclass(frozen=True, slots=True)
class Explained:
    """``opening``: what the routes say when it opens; ``overdue``: when it outlives its due date. ``told``: the messages
    about it, the last first, each with what it told and by which route."""

    finding: Mapping[str, Any]
    opening: tuple[Answer, ...]
    overdue: tuple[Answer, ...]
    told: tuple[tuple[Delivery, str, str], ...]


def explain(connection: Connection, given: str, plan: Plan, router: Router, now: float) -> Explained | None:
    """Of the finding whose id begins so; None: there is none, or several are."""
    found = get_findings(connection, given)
    if len(found) != 1:
        return None
    finding = found[0]
    tags = tags_by_finding(connection, [finding["id"]]).get(finding["id"], {})
    return Explained(
        finding,
        tuple(plan.answers(router.as_it_stands(finding, tags, Kind.OPENED, now), now)),
        tuple(plan.answers(router.as_it_stands(finding, tags, Kind.ESCALATION, now), now)),
        tuple(deliveries.of_finding(connection, finding["id"])),
    )


def reasons(answer: Answer, kind: Kind, plan: Plan) -> Iterator[str]:
    """What a route comes to, in words, a line for each channel."""
    if answer.why_not:
        yield f"does not fit: {answer.why_not}"
        return
    told = {each.channel for each in answer.letters}
    for letter in answer.letters:
        yield f"tells {letter.channel}, {when(letter, plan)}"
    names = answer.route.overdue if kind == Kind.ESCALATION else answer.route.tell
    for name in names:
        if name in answer.missing:
            yield f"would tell {name}, but there is no such channel in the settings"
        elif name not in told:
            unwanted = kind != Kind.ESCALATION and kind.value not in answer.route.moves
            why = (
                f"only when findings are {', '.join(answer.route.moves)}"
                if unwanted
                else "it is told by a route before"
            )
            yield f"does not tell {name}: {why}"
    if not names:
        yield "fits, and tells nobody" + (" of due dates" if kind == Kind.ESCALATION else "")
    if answer.route.stop:
        yield "stops: no later route is looked at"


def when(letter: Letter, plan: Plan) -> str:
    """When a letter that is written now is sent."""
    if letter.bundle.startswith(GATHERED):
        return f"with all that is gathered until {iso(letter.not_before)}, as it is a system"
    if plan.lines[letter.channel].kind.whole:
        return "at once, as it is a system"
    if letter.bundle.startswith(DIGEST):
        return f"in the digest at {iso(letter.not_before)}"
    if letter.bundle == QUIET:
        return f"when its quiet is over at {iso(letter.not_before)}"
    if not letter.wait:
        return "at once"
    return f"together with what the same change causes, once nothing more came for {letter.wait:g} s"
