"""Rules of AWS Config run as they are, in a sandbox, on items made of what is stored.

A rule that is triggered by changes gets one event for each resource; a periodic one gets one event for an account and
region, and tells of all resources that were asked about.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from liveaudit.audit.asked.config_fields import unread_fields
from liveaudit.audit.asked.config_reads import known_answers
from liveaudit.audit.asked.sandbox import Code, Limits, Sandbox, SandboxError
from liveaudit.catalog.catalog import Catalog
from liveaudit.model import Resource, Verdict, unknown
from liveaudit.policies.asking import Question, unanswered
from liveaudit.policies.config_items.evaluations import ACCOUNT_TYPE, verdict_on
from liveaudit.policies.config_items.events import RuleCall, change_event, scheduled_event
from liveaudit.policies.config_items.item import KINDS, Seen, configuration_item
from liveaudit.policies.config_items.rule import RuleOptions
from liveaudit.policies.parameters import Value
from liveaudit.policies.policy import Policy
from liveaudit.policies.tags import tags_of
from liveaudit.text import shown


class Asked(Protocol):
    """A process with a rule in it."""

    async def ask(self, line: Mapping[str, Any]) -> dict[str, Any]:
        """What it answers. Raises SandboxError."""


Opens = Callable[[Code, Limits, str], AbstractAsyncContextManager[Asked]]
_LOST = 3
"""Processes of one rule that may be lost in one batch before the rest of it is not asked any more."""


@dataclass(slots=True)
class ConfigRules:
    """Asks rules. ``clock`` gives Unix seconds; ``at_once``: how many processes there may be at the same time; ``opens`` makes one
    for a rule, its limits and a region."""

    catalog: Catalog
    clock: Callable[[], float]
    at_once: int = 2
    opens: Opens = Sandbox
    _room: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._room = asyncio.Semaphore(self.at_once)

    async def ask(self, policy: Policy, questions: Sequence[Question]) -> Mapping[Resource, Verdict]:
        """A verdict on each of the resources, as ``Evaluator`` has it."""
        options = policy.asks.options if policy.asks is not None else None
        if not isinstance(options, RuleOptions):
            return {each.resource: unknown(f"{policy.id} names no rule of AWS Config") for each in questions}
        groups: dict[tuple[str, str], list[Question]] = {}
        for each in questions:
            groups.setdefault((each.resource.account, each.resource.call_region), []).append(each)
        found: dict[Resource, Verdict] = {}
        for (_, region), group in sorted(groups.items()):
            async with self._room:
                found |= await _Batch(self.catalog, policy, options, region, self._now(), self.opens).run(
                    group
                )
        return found

    def _now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.clock(), dt.UTC)


@dataclass(slots=True)
class _Batch:
    """The questions of one rule in one account and region."""

    catalog: Catalog
    policy: Policy
    options: RuleOptions
    region: str
    at: dt.datetime
    opens: Opens

    async def run(self, questions: Sequence[Question]) -> dict[Resource, Verdict]:
        if self.options.periodic:
            return await self._periodic(questions)
        found: dict[Resource, Verdict] = {}
        waiting, lost = list(questions), 0
        while waiting:
            try:
                async with self._sandbox() as sandbox:
                    while waiting:
                        one = waiting[0]
                        found[one.resource] = self._verdict(one, await sandbox.ask(self._change(one)))
                        waiting.pop(0)
            except SandboxError as error:
                lost += 1
                over = waiting if lost >= _LOST else waiting[:1]
                found |= {each.resource: unanswered(str(error)) for each in over}
                waiting = waiting[len(over) :]
        return found

    async def _periodic(self, questions: Sequence[Question]) -> dict[Resource, Verdict]:
        call = self._call(questions[0])
        line = self._line(scheduled_event(call, self.at), questions)
        try:
            async with self._sandbox() as sandbox:
                answer = await sandbox.ask(line)
        except SandboxError as error:
            return {each.resource: unanswered(str(error)) for each in questions}
        return {each.resource: self._verdict(each, answer) for each in questions}

    def _sandbox(self) -> AbstractAsyncContextManager[Asked]:
        chosen = self.options
        return self.opens(
            Code(chosen.paths, chosen.module, chosen.function),
            Limits(seconds=chosen.timeout, memory=chosen.memory),
            self.region,
        )

    def _call(self, question: Question) -> RuleCall:
        parameters = {
            **self.options.parameters,
            **{name: _text(each) for name, each in question.parameters.items()},
        }
        return RuleCall.about(self.policy.id, question.resource, parameters, f"liveaudit:{question.key}")

    def _change(self, question: Question) -> dict[str, Any]:
        return self._line(change_event(self._call(question), self._item(question)), [question])

    def _line(self, event: Mapping[str, Any], questions: Sequence[Question]) -> dict[str, Any]:
        reads = [
            read for each in questions for read in known_answers(self.catalog, each.resource, each.sections)
        ]
        has_items = self.policy.type in KINDS
        return {
            "event": event,
            "items": [self._item(each) for each in questions] if has_items else [],
            "reads": reads,
            "unread": sorted(unread_fields(self.catalog, self.policy.type)) if has_items else [],
        }

    def _item(self, question: Question) -> dict[str, Any]:
        arn = question.arn or self.catalog.arn(question.resource)
        tags = question.tags or tags_of(question.sections)
        return configuration_item(Seen(question.resource, arn, tags, question.sections, self.at))

    def _verdict(self, question: Question, answer: Mapping[str, Any]) -> Verdict:
        """What the process tells, as a verdict; what the rule could not know makes it UNKNOWN, whatever it says."""
        if error := answer.get("error"):
            return unanswered(f"the rule failed: {shown(str(error))[:300]}")
        if refused := answer.get("refused"):
            return unknown(
                f"the rule calls {', '.join(sorted(set(map(str, refused))))[:200]}, which is not answered in the sandbox: "
                "deploy it as a function, or judge by the configuration item"
            )
        if missing := answer.get("missing"):
            return unknown(
                f"the rule reads {', '.join(map(str, missing))[:200]} of the item, which liveaudit does not read"
            )
        evaluations = answer.get("evaluations")
        if not isinstance(evaluations, list):
            return unanswered("the rule's process told no evaluations")
        if not evaluations:
            return unanswered(_nothing_put(answer))
        return self._of(question, evaluations)

    def _of(self, question: Question, evaluations: Sequence[Mapping[str, Any]]) -> Verdict:
        resource = question.resource
        if resource.type in KINDS:
            item = self._item(question)
            return verdict_on(item["resourceType"], item["resourceId"], evaluations)
        own = self.catalog.types[resource.type]
        if own.ids_are_fixed and own.always == ("{account}",):
            return verdict_on(ACCOUNT_TYPE, resource.account, evaluations)
        return verdict_on(resource.type, resource.id, evaluations)


def _nothing_put(answer: Mapping[str, Any]) -> str:
    returned = answer.get("returned")
    if isinstance(returned, Mapping) and (
        told := returned.get("customerErrorMessage") or returned.get("internalErrorMessage")
    ):
        return f"the rule told an error: {shown(str(told))[:300]}"
    if answer.get("tested"):
        return "the rule put its evaluations in test mode, which AWS Config does not keep"
    return "the rule put no evaluation (PutEvaluations was not called)"


def _text(value: Value) -> str:
    """A parameter as AWS Config hands it over: a text, and a list with commas."""
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
