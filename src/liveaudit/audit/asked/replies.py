"""A function's answer, which may be anything, as verdicts. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec

from liveaudit.audit.asked.contract import LONGEST_REASON, MOST_EVIDENCE, GivenVerdict
from liveaudit.audit.asked.requests import Asking
from liveaudit.model import Outcome, Resource, Verdict
from liveaudit.policies.asking import unanswered
from liveaudit.store import codec


class _Envelope(msgspec.Struct, frozen=True):
    version: Literal["1"]
    verdicts: tuple[msgspec.Raw, ...]


class _Keyed(msgspec.Struct, frozen=True):
    key: Annotated[str, msgspec.Meta(max_length=128)]


_BAD = (msgspec.MsgspecError, RecursionError, UnicodeError)
_NONE_GIVEN = "the function gave no verdict on it"


def verdicts_of(answer: bytes, batch: Sequence[Asking]) -> Mapping[Resource, Verdict]:
    """A verdict on every resource of the batch; what makes no sense is not answered, and spoils nothing else."""
    try:
        envelope = msgspec.json.decode(answer, type=_Envelope)
    except _BAD as error:
        reason = f"the function's answer is not as the contract has it: {_told(error)}"
        return {each.question.resource: unanswered(reason) for each in batch}
    wanted = {each.question.key for each in batch}
    found: dict[str, Verdict] = {}
    for raw in envelope.verdicts:
        key, verdict = _one(raw)
        if key not in wanted:
            continue
        if key in found and found[key] != verdict:
            verdict = unanswered("the function gave two different verdicts on it")
        found[key] = verdict
    return {each.question.resource: found.get(each.question.key, unanswered(_NONE_GIVEN)) for each in batch}


def _one(raw: msgspec.Raw) -> tuple[str, Verdict]:
    try:
        given = msgspec.json.decode(raw, type=GivenVerdict)
    except _BAD as error:
        try:
            key = msgspec.json.decode(raw, type=_Keyed).key
        except _BAD:
            key = ""
        return key, unanswered(f"the function's verdict on it is not as the contract has it: {_told(error)}")
    reason = codec.storable(given.reason)[:LONGEST_REASON]
    return given.key, Verdict(
        Outcome(given.verdict), reason or _no_reason(given.verdict), _kept(given.evidence)
    )


def _no_reason(verdict: str) -> str:
    return "" if verdict == Outcome.PASS else f"the function says {verdict} and gives no reason"


def _kept(evidence: dict[str, Any]) -> Mapping[str, Any]:
    size = len(codec.dump(evidence).encode())
    if size > MOST_EVIDENCE:
        return {"omitted": f"{size} bytes of evidence; {MOST_EVIDENCE} are kept at most"}
    return evidence


def _told(error: Exception) -> str:
    return (str(error) or type(error).__name__)[:200]
