"""A rule of AWS Config tried on a resource that is made up: what it says, without a store and without AWS."""

from __future__ import annotations

import asyncio
import time

from liveaudit.audit.asked.config_rules import ConfigRules
from liveaudit.audit.asked.invoking import Function
from liveaudit.model import Verdict
from liveaudit.policies.asking import Question
from liveaudit.policies.config_items.rule import RuleOptions
from liveaudit.policies.policy import Policy
from liveaudit.services import load


def try_rule(policy: Policy, question: Question) -> Verdict | None:
    """The verdict of a rule that runs in the sandbox; None for a policy that asks a function at AWS."""
    options = policy.asks.options if policy.asks is not None else None
    if not isinstance(options, RuleOptions) or options.deployed:
        return None
    rules = ConfigRules(load()[0], time.time, _reaches_nobody)
    return asyncio.run(rules.ask(policy, [question]))[question.resource]


async def _reaches_nobody(function: Function, request: bytes, *, timeout: float) -> bytes:
    del request, timeout
    raise AssertionError(f"{function.arn} would have been invoked")
