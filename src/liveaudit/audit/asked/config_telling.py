"""What a rule of AWS Config is told of a resource, and what its evaluations say of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from liveaudit.catalog.catalog import Catalog
from liveaudit.model import Verdict
from liveaudit.policies.asking import Question
from liveaudit.policies.config_items.evaluations import ACCOUNT_TYPE, verdict_on
from liveaudit.policies.config_items.events import RuleCall
from liveaudit.policies.config_items.item import KINDS, Seen, configuration_item
from liveaudit.policies.config_items.rule import RuleOptions
from liveaudit.policies.parameters import Value
from liveaudit.policies.policy import Policy
from liveaudit.policies.tags import tags_of
from liveaudit.text import shown


@dataclass(frozen=True, slots=True)
class Telling:
    """One policy's rule. ``at``: when it is asked."""

    catalog: Catalog
    policy: Policy
    options: RuleOptions
    at: dt.datetime

    def item(self, question: Question) -> dict[str, Any]:
        """The configuration item of the resource."""
        arn = question.arn or self.catalog.arn(question.resource)
        tags = question.tags or tags_of(question.sections)
        return configuration_item(Seen(question.resource, arn, tags, question.sections, self.at))

    def call(self, question: Question, token: str = "") -> RuleCall:
        """For whom the rule is invoked; ``token``: instead of the question's own."""
        set_ones = {name: _text(each) for name, each in question.parameters.items()}
        parameters = {**self.options.parameters, **set_ones}
        token = token or f"liveaudit:{question.key}"
        return RuleCall.about(self.policy.id, question.resource, parameters, token)

    def verdict(self, question: Question, evaluations: Sequence[Mapping[str, Any]]) -> Verdict:
        """What they say of the resource."""
        resource = question.resource
        if resource.type in KINDS:
            item = self.item(question)
            return verdict_on(item["resourceType"], item["resourceId"], evaluations)
        own = self.catalog.types[resource.type]
        if own.ids_are_fixed and own.always == ("{account}",):
            return verdict_on(ACCOUNT_TYPE, resource.account, evaluations)
        return verdict_on(resource.type, resource.id, evaluations)


def nothing_put(returned: Any, *, tested: bool = False) -> str:
    """Why there is no evaluation, as far as what the handler returned tells."""
    if isinstance(returned, Mapping):
        told = returned.get("customerErrorMessage") or returned.get("internalErrorMessage")
        if told:
            return f"the rule told an error: {shown(str(told))[:300]}"
    if tested:
        return "the rule put its evaluations in test mode, which AWS Config does not keep"
    return "the rule put no evaluation (PutEvaluations was not called)"


def _text(value: Value) -> str:
    """A parameter as AWS Config hands it over: a text, and a list with commas."""
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
