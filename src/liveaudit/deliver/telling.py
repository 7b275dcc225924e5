"""A message made of what the store holds: who is told what, in plain words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from liveaudit.deliver.channels.interface import Kind, Message, ToldFinding, Who
from liveaudit.deliver.interface import Found, Library
from liveaudit.deliver.plan import Plan
from liveaudit.deliver.routes import case_of
from liveaudit.deliver.routing import tags_by_finding
from liveaudit.model import FindingStatus, Severity, responsible_one
from liveaudit.store import told
from liveaudit.store.deliveries import Delivery
from liveaudit.store.told import Told

_WORST = {each.value: number for number, each in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Teller:
    """Makes messages of deliveries."""

    library: Library

    def message(self, connection: Connection, delivery: Delivery, plan: Plan) -> Message | None:
        """What is sent; None: all that it was about is gone from the store."""
        line = plan.lines.get(delivery.channel)
        most = line.kind.most if line is not None else 1
        letters = told.letters(connection, delivery.id)
        if not letters:
            return None
        if line is None or not line.kind.whole:
            # people are told how it ended, the worst first
            ended = {each.finding: each for each in letters}
            letters = sorted(ended.values(), key=lambda each: (_WORST.get(each.severity, 9), each.id))
        listed = letters[:most]
        return self._message(connection, delivery.id, delivery.kind, letters, listed, plan, delivery.made_at)

    def about(
        self, connection: Connection, message_id: str, letters: Sequence[Told], plan: Plan, now: float
    ) -> Message:
        """A message about these letters, all of them listed."""
        return self._message(connection, message_id, "", letters, letters, plan, now)

    def _message(
        self,
        connection: Connection,
        message_id: str,
        given: str,
        letters: Sequence[Told],
        listed: Sequence[Told],
        plan: Plan,
        made_at: float,
    ) -> Message:
        kinds = Counter(Kind(each.kind) for each in letters)
        severities = Counter(each.severity for each in letters)
        kind = Kind(given) if given else _together(kinds)
        findings = self.findings(connection, listed, plan)
        return Message(
            id=message_id,
            kind=kind,
            findings=tuple(findings),
            title=title(kind, kinds, severities, findings),
            made_at=made_at,
            link=f"{plan.address}/findings" if plan.address else "",
            more=len(letters) - len(findings),
            counts={each.value: severities[each.value] for each in Severity if severities[each.value]},
        )

    def findings(self, connection: Connection, letters: Iterable[Told], plan: Plan) -> list[ToldFinding]:
        """The findings of letters, in their order."""
        wanted = list(letters)
        rows = told.findings_of(connection, [each.finding for each in wanted])
        moves = told.moves_of(connection, [each.move for each in wanted if each.move])
        tags = tags_by_finding(connection, rows)
        return [
            self.finding(
                rows[each.finding], moves.get(each.move), Kind(each.kind), plan, tags.get(each.finding, {})
            )
            for each in wanted
            if each.finding in rows
        ]

    def finding(
        self,
        row: Mapping[str, Any],
        move: Mapping[str, Any] | None,
        kind: Kind,
        plan: Plan,
        tags: Mapping[str, str],
    ) -> ToldFinding:
        """A finding as it stood after a move, or as it stands."""
        found = Found(row, self.library.of(row["policy"], row["type"]))
        status = move["status"] if move else row["status"]
        # what made it so; a person who decides has no event
        change = responsible_one(move["changes"] if move else row["opened_by"])
        actor = change.get("actor") or {}
        due = plan.due.get(row["severity"])
        is_open = FindingStatus(status).is_open
        return ToldFinding(
            id=row["id"],
            what=kind,
            policy=row["policy"],
            title=found.texts.title,
            severity=row["severity"],
            status=status,
            resource=case_of(row, "", tags, "", kind).subject.resource,
            arn=row["arn"],
            reason=str(move["reason"] if move and not is_open and move["reason"] else row["reason"]),
            who=Who(
                str(actor.get("arn") or actor.get("principal_id") or actor.get("type") or ""),
                str(actor.get("source_ip") or ""),
                str(actor.get("user_agent") or ""),
                str(change.get("name") or ""),
            ),
            since=row["opened_at"],
            at=move["at"] if move else row["updated_at"],
            fix=found.texts.fix,
            link=f"{plan.address}/findings/{row['id']}" if plan.address else "",
            found=found,
            number=move["id"] if move else 0,
            why=found.texts.why,
            owner=row["owner"],
            decided_by=move["by"] if move else row["decided_by"],
            due_at=row["opened_at"] + due if due and is_open else None,
            tags=tags,
            event_id=str(change.get("event_id") or ""),
        )


def _together(kinds: Counter[Kind]) -> Kind:
    """What a message about these is called."""
    return next(iter(kinds)) if len(kinds) == 1 else Kind.CHANGED


def title(kind: Kind, kinds: Counter[Kind], severities: Counter[str], findings: list[ToldFinding]) -> str:
    """What a message is about, in one line of our own words: nothing of it comes from resources or events."""
    number = sum(kinds.values())
    many = f"{number} finding{'s' if number > 1 else ''}"
    if number == 1 and findings and kind != Kind.DIGEST:
        one = findings[0]
        return f"{one.severity.capitalize()} finding {_said(one.what)}: {one.title}"
    each = ", ".join(f"{severities[one.value]} {one.value}" for one in Severity if severities[one.value])
    if len(kinds) == 1:
        what = f"{many} {_said(next(iter(kinds)))}"
    else:
        what = f"{many}: " + ", ".join(f"{kinds[one]} {_said(one)}" for one in Kind if kinds[one])
    return f"{what} ({each})"


def _said(kind: Kind) -> str:
    return "made up" if kind == Kind.TEST else kind.word


def sample(plan: Plan, library: Library, now: float, message_id: str) -> Message:
    """A message that says of itself that it is a test; everything in it is made up."""
    row: dict[str, Any] = {
        "id": "00000000-0000-4000-8000-000000000000",
        "policy": "s3_bucket_public_access",
        "severity": "critical",
        "status": "new",
        "type": "AWS::S3::Bucket",
        "resource": "liveaudit-test-bucket",
        "arn": "arn:aws:s3:::liveaudit-test-bucket",
        "account": "111111111111",
        "region": "us-east-1",
        "reason": "this is a test: nothing is wrong",
        "evidence": {},
        "opened_at": now,
        "closed_at": None,
        "updated_at": now,
        "times_opened": 1,
        "opened_by": [],
        "closed_by": None,
        "opened_hops": {},
        "closed_hops": None,
        "closed_before": None,
        "decided_by": "",
        "owner": "",
        "actor": "",
    }
    teller = Teller(library)
    one = teller.finding(row, None, Kind.TEST, plan, {})
    return Message(
        id=message_id,
        kind=Kind.TEST,
        findings=(one,),
        title="Test of this channel by liveaudit: nothing is wrong",
        made_at=now,
        link=plan.address,
        counts={"critical": 1},
    )
