"""Why verdicts are UNKNOWN, in kinds that can be counted: by the words with which readings and judging tell it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, case, literal

DENIED = "denied"
THROTTLED = "throttled"
NO_ANSWER = "no answer"
UNSUPPORTED = "unsupported"
POLICY_FAILED = "policy failed"
OTHER = "other"
_WORDS = (
    (POLICY_FAILED, "the policy itself failed: %"),
    (DENIED, "% was denied: %"),
    (THROTTLED, "% was throttled: %"),
    (NO_ANSWER, "% got no answer: %"),
    (UNSUPPORTED, "% is not supported here: %"),
)
KINDS = (*(kind for kind, _ in _WORDS), OTHER)


def kind_of(reason: ColumnElement[str]) -> ColumnElement[str]:
    """The kind of a reason that stands in a column."""
    return case(*((reason.like(words), literal(kind)) for kind, words in _WORDS), else_=OTHER)
