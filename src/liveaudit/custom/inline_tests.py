"""The tests that stand with a policy in its file, run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from msgspec import UNSET

from liveaudit.catalog.types import ResourceType
from liveaudit.custom.building import Built
from liveaudit.custom.shape import TestSpec
from liveaudit.custom.tagged import tagged_sections
from liveaudit.model import GLOBAL_REGION, Resource, Verdict, partition_of
from liveaudit.policies.asking import Question
from liveaudit.policies.parameters import ParameterError
from liveaudit.policies.policy import Context, Policy, call_judge
from liveaudit.policies.tags import tag_sections
from liveaudit.services import load
from liveaudit.settings.mistakes import Place


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a test. ``wrong``: why it did not pass; ``skipped``: why it was not run; both empty: it passed."""

    policy: str
    test: str
    place: Place | None
    wrong: str = ""
    skipped: str = ""

    def told(self, file: str) -> str:
        """In a line."""
        where = f"{file}:{self.place.line}:{self.place.column}" if self.place else file
        return f"{where}: {self.policy}: {self.test}: {self.wrong or self.skipped or 'passed'}"


Ask = Callable[[Policy, Question], Verdict | None]
"""A verdict of who is asked, for policies that are decided elsewhere; None where asking would reach out."""


def _asks_nobody(_policy: Policy, _question: Question) -> None:
    return None


def run(built: Built, ask: Ask = _asks_nobody) -> Iterator[Result]:
    """The tests of a policy. One that a test of the file is wrong with has another place, so that they are told by name."""
    catalog = load()[0]
    policies = {each.type: each for each in built.policies}
    for number, test in enumerate(built.spec.tests):
        place = built.tested_at[number] if number < len(built.tested_at) else None
        name = built.policies[0].type if test.type is UNSET else test.type
        policy = policies.get(name)
        if policy is None:
            yield Result(built.spec.id, test.name, place, wrong=f"the policy does not judge {name}")
        else:
            yield _result(built, policy, catalog.types[name], test, place, ask)


def _result(
    built: Built, policy: Policy, resource_type: ResourceType, test: TestSpec, place: Place | None, ask: Ask
) -> Result:
    """What comes of a test on one type."""
    try:
        takes = {each.name: each for each in policy.takes}
        values = {name: takes[name].checked(each) for name, each in test.parameters.items() if name in takes}
        verdict = _judged(policy, resource_type, test, values, ask)
    except ParameterError as error:
        return Result(built.spec.id, test.name, place, wrong=str(error))
    except Exception as error:  # noqa: BLE001 - whatever the policy raises is what came of its test
        wrong = f"the policy itself failed: {type(error).__name__}: {error}"
        return Result(built.spec.id, test.name, place, wrong=wrong)
    if verdict is None:
        whom = policy.asks.whom if policy.asks is not None else "somebody"
        return Result(built.spec.id, test.name, place, skipped=f"not run: {whom} would be asked")
    return Result(built.spec.id, test.name, place, wrong=_wrong(verdict, test))


def _wrong(verdict: Verdict, test: TestSpec) -> str:
    """Why a test does not pass; empty: it does."""
    because = f": {verdict.reason}" if verdict.reason else ""
    if verdict.outcome.value != test.expect:
        return f"{test.expect} was expected, it is {verdict.outcome.value}{because}"
    if test.message not in verdict.reason:
        return f"{test.message!r} was expected to be told, it is {verdict.reason!r}"
    return ""


def _judged(
    policy: Policy, resource_type: ResourceType, test: TestSpec, values: Any, ask: Ask
) -> Verdict | None:
    sections = with_tags(resource_type, test)
    region = GLOBAL_REGION if resource_type.is_global else test.region
    resource = Resource(partition_of(test.region), test.account, region, resource_type.name, test.id)
    read = {name: sections.get(name) for name in policy.sections}
    if policy.asks is not None:
        return ask(policy, Question(resource, test.name, tags=test.tags, sections=read, parameters=values))
    return call_judge(
        policy,
        read,
        resource=resource,
        now=dt.datetime.fromisoformat(test.now),
        context=Context(frozenset({test.account})),
        values=values,
    )


def with_tags(resource_type: ResourceType, test: TestSpec) -> dict[str, Any]:
    """The sections of a test, with its tags where they stand in that type."""
    sections = dict(test.sections)
    tags = [{"Key": key, "Value": value} for key, value in test.tags.items()]
    for name in tagged_sections(resource_type) if tags else ():
        if name in tag_sections(resource_type):
            sections[name] = tags
        else:
            sections[name] = {**(sections.get(name) or {}), "Tags": tags}
    return sections
