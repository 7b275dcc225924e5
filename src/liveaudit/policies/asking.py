"""Policies that are decided elsewhere, as by a user's Lambda function: what is asked, and who is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from liveaudit.model import Outcome, Resource, Verdict
from liveaudit.policies.parameters import Value
from liveaudit.policies.policy import Policy


@dataclass(frozen=True, slots=True)
class Question:
    """One resource on which a verdict is asked for.

    ``key``: the same for the same question asked again, another for every other. ``sections``: those that the policy reads, as boto3
    shapes them, None where not configured. ``change``: the latest change that it is put down to, as causes hold it;
    None where nothing tells of one. ``parameters``: what is set of the policy.
    """

    resource: Resource
    key: str
    arn: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    sections: Mapping[str, Any] = field(default_factory=dict)
    change: Mapping[str, Any] | None = None
    parameters: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unanswered(Verdict):
    """The UNKNOWN of a question that was not answered: asking again later may help. ``reason``: why it was not."""


def unanswered(reason: str) -> Unanswered:
    """There is no answer for now."""
    return Unanswered(Outcome.UNKNOWN, reason)


class Evaluator(Protocol):
    """Who is asked, for one kind of policies."""

    async def ask(self, policy: Policy, questions: Sequence[Question]) -> Mapping[Resource, Verdict]:
        """A verdict on each of the resources asked about.

        What fails, is late, makes no sense or is missing is :class:`Unanswered` with its reason: never PASS, and never
        raised. Who is asked may say UNKNOWN itself: that is an answer.
        """
