"""Does a bucket policy refuse plain HTTP? (Amazon S3 User Guide, "Security best practices for Amazon S3")."""

from __future__ import annotations

from dataclasses import dataclass

from liveaudit.policies.documents.cover import Part, denies_action, denies_resource
from liveaudit.policies.documents.model import Condition, Document, Statement
from liveaudit.policies.documents.principals import denies_everyone

_KEY = "aws:securetransport"
_EVERY_ACTION = Part("s3:*", "s3:*", "s3:*")


@dataclass(frozen=True, slots=True)
class Transport:
    """Truthy when plain HTTP is surely refused. ``uncertain``: perhaps it is, and ``reason`` says what is in doubt."""

    refused: bool
    reason: str
    statements: tuple[int, ...] = ()
    uncertain: bool = False

    def __bool__(self) -> bool:
        return self.refused


def denies_insecure_transport(doc: Document, bucket_arn: str) -> Transport:
    """Whether Denies for everyone refuse every S3 action on the bucket and on its objects without TLS.

    Several statements together count, one for the bucket and one for its objects. aws:SecureTransport is in every
    request, so Bool and BoolIfExists (and the set operators, for a single value) say the same. A Deny with a further
    condition, for named principals, for all but some, or for some actions does not count. A text operator on this
    boolean key is not what AWS defines, so it does not count and is said to be uncertain.
    """
    targets = {"the bucket": bucket_arn, "its objects": f"{bucket_arn}/*"}
    open_ = dict(targets)
    used: list[int] = []
    doubts: list[str] = []
    near: list[str] = []
    for deny in doc.denies:
        reached = {name: arn for name, arn in targets.items() if denies_resource(deny, Part(arn, arn, arn))}
        shortcoming, doubtful = _shortcoming(deny)
        if not shortcoming and reached:
            used.append(deny.index)
            for name in reached:
                open_.pop(name, None)
        elif doubtful and reached:
            doubts.append(f"statement {_name(deny)}: {shortcoming}")
        elif shortcoming and _speaks_of_transport(deny):
            near.append(f"statement {_name(deny)}: {shortcoming}")
    if not open_:
        return Transport(True, "plain HTTP is denied for everyone", tuple(used))
    rest = " and ".join(open_)
    if doubts:
        return Transport(
            False, f"it is uncertain whether plain HTTP to {rest} is denied; " + doubts[0], uncertain=True
        )
    if used:
        return Transport(False, f"plain HTTP to {rest} is not denied", tuple(used))
    if near:
        return Transport(False, f"plain HTTP to {rest} is not denied for everyone; " + near[0])
    return Transport(False, f"no statement denies plain HTTP to {rest}")


def _name(deny: Statement) -> str:
    return deny.sid or str(deny.index)


def _speaks_of_transport(deny: Statement) -> bool:
    return any(condition.name == _KEY for condition in deny.conditions)


def _shortcoming(deny: Statement) -> tuple[str, bool]:
    """Why a Deny does not hit all insecure requests (empty if it does), and whether it might nevertheless."""
    if not denies_everyone(deny):
        return (
            "it exempts some principals" if deny.not_principal else "it does not speak of everyone"
        ), False
    if not denies_action(deny, _EVERY_ACTION):
        return "it does not hold all S3 actions", False
    doubtful = False
    reason = ""
    for condition in deny.conditions:
        held = _holds_without_tls(condition)
        if held is None:
            doubtful, reason = True, f"{condition.operator} is no operator for a boolean key"
        elif not held:
            if condition.name == _KEY:
                return "its condition does not hold for plain HTTP", False
            return f"the condition on {condition.key} leaves others out", False
    return reason, doubtful


def _holds_without_tls(condition: Condition) -> bool | None:
    """Whether the condition is true for each request without TLS; None if AWS does not say."""
    if condition.name != _KEY:
        return False
    op = condition.op
    values = {value.strip().lower() for value in condition.values}
    if op.base == "bool" and op.known:
        return "false" in values
    if op.base == "null" and op.known:
        return values == {"false"}
    meant = "true" if op.negated else "false"
    return None if not op.known or meant in values else False
