"""Rules of AWS Config asked: in a sandbox or deployed, on items made of what is stored.

A rule that is triggered by changes gets one event for each resource; a periodic one gets one event for an account and
region, and tells of all resources that were asked about.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import ChainMap
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from liveaudit.audit.asked.config_deployed import ask_deployed
from liveaudit.audit.asked.config_fields import unread_fields
from liveaudit.audit.asked.config_reads import known_answers
from liveaudit.audit.asked.config_telling import Telling, nothing_put
from liveaudit.audit.asked.invoking import Invoke
from liveaudit.audit.asked.sandbox import Code, Limits, Sandbox, SandboxError
from liveaudit.catalog.catalog import Catalog
from liveaudit.model import Resource, Verdict, unknown
from liveaudit.policies.asking import Question, unanswered
from liveaudit.policies.config_items.events import change_event, scheduled_event
from liveaudit.policies.config_items.item import KINDS
from liveaudit.policies.config_items.rule import RuleOptions
from liveaudit.policies.policy import Policy
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
    for a rule, its limits and a region; ``invoke``: how a rule that is deployed is invoked."""

    catalog: Catalog
    clock: Callable[[], float]
    invoke: Invoke
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
        telling = Telling(self.catalog, policy, options, dt.datetime.fromtimestamp(self.clock(), dt.UTC))
        if options.deployed:
            return await ask_deployed(telling, questions, self.invoke)
        groups: dict[tuple[str, str], list[Question]] = {}
        for each in questions:
            groups.setdefault((each.resource.account, each.resource.call_region), []).append(each)

        async def run(region: str, group: Sequence[Question]) -> dict[Resource, Verdict]:
            async with self._room:
                return await _Batch(telling, region, self.opens).run(group)

        runs = [run(region, group) for (_, region), group in sorted(groups.items())]
        return dict(ChainMap(*await asyncio.gather(*runs)))


@dataclass(slots=True)
class _Batch:
    """The questions of one rule in one account and region."""

    telling: Telling
    region: str
    opens: Opens

    async def run(self, questions: Sequence[Question]) -> dict[Resource, Verdict]:
        if self.telling.options.periodic:
            return await self._periodic(questions)
        found: dict[Resource, Verdict] = {}
        waiting, lost = list(questions), 0
        while waiting:
            try:
                async with self._sandbox() as sandbox:
                    while waiting:
                        one = waiting[0]
                        event = change_event(self.telling.call(one), self.telling.item(one))
                        found[one.resource] = self._verdict(one, await sandbox.ask(self._line(event, [one])))
                        waiting.pop(0)
            except SandboxError as error:
                lost += 1
                over = waiting if lost >= _LOST else waiting[:1]
                found |= {each.resource: unanswered(str(error)) for each in over}
                waiting = waiting[len(over) :]
        return found

    async def _periodic(self, questions: Sequence[Question]) -> dict[Resource, Verdict]:
        event = scheduled_event(self.telling.call(questions[0]), self.telling.at)
        try:
            async with self._sandbox() as sandbox:
                answer = await sandbox.ask(self._line(event, questions))
        except SandboxError as error:
            return {each.resource: unanswered(str(error)) for each in questions}
        return {each.resource: self._verdict(each, answer) for each in questions}

    def _sandbox(self) -> AbstractAsyncContextManager[Asked]:
        chosen = self.telling.options
        return self.opens(
            Code(chosen.paths, chosen.module, chosen.function),
            Limits(seconds=chosen.timeout, memory=chosen.memory),
            self.region,
        )

    def _line(self, event: Mapping[str, Any], questions: Sequence[Question]) -> dict[str, Any]:
        catalog, type_name = self.telling.catalog, self.telling.policy.type
        has_items = type_name in KINDS
        return {
            "event": event,
            "items": [self.telling.item(each) for each in questions] if has_items else [],
            "reads": [
                read for each in questions for read in known_answers(catalog, each.resource, each.sections)
            ],
            "unread": sorted(unread_fields(catalog, type_name)) if has_items else [],
        }

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
            return unanswered(nothing_put(answer.get("returned"), tested=bool(answer.get("tested"))))
        return self.telling.verdict(question, evaluations)
