"""The page of one policy."""

from __future__ import annotations

from collections.abc import Mapping

from liveaudit.frameworks.framework import Framework
from liveaudit.policies.parameters import Value
from liveaudit.policies.policy import Policy
from liveaudit.policies.remedies import Remedies
from liveaudit.reference.facts import PolicyFacts
from liveaudit.reference.markdown import code, fenced, page, table

WAYS = {
    "console": ("In the console", ""),
    "cli": ("With the AWS CLI", "sh"),
    "cloudformation": ("With CloudFormation", "yaml"),
    "terraform": ("With Terraform", "hcl"),
}
"""The ways to mend what a policy finds: how they are headed, and the language they are in."""


def policy_page(facts: PolicyFacts, frameworks: Mapping[str, Framework]) -> str:
    """What is judged, why, how, how it is mended, what is read, and which controls it serves."""
    policy = facts.policy
    lines = [
        (
            f"**{policy.title}.** Severity {policy.severity.value}, on {code(facts.types)}"
            f" of [{policy.service}](../services/{policy.service}.md)."
        ),
        "",
        "## Why",
        "",
        policy.why,
        "",
        "## How it is judged",
        "",
    ]
    if facts.judged:
        lines += [facts.judged, ""]
    if policy.ids != "*":
        lines += [f"Only resources whose id is like `{policy.ids}` are judged.", ""]
    if facts.timed:
        lines += ["The verdict can turn by the passing of time: it is judged again then.", ""]
    lines += [f"In `{facts.module}`:", "", *fenced(facts.code, "python")]
    if facts.given:
        lines += ["Where:", "", *(f"- `{name}` is `{value}`" for name, value in facts.given.items()), ""]
    lines += _parameters(policy)
    lines += ["## How to mend it", "", policy.fix, ""]
    lines += _ways(facts.remedies)
    lines += [
        "## What it reads",
        "",
        *table(
            ("section", "of", "calls", "changed by"),
            (
                (f"`{each.section}`", f"`{each.of}`", code(each.calls), code(each.events))
                for each in facts.reads
            ),
        ),
        "## Frameworks",
        "",
        *_controls(facts, frameworks),
    ]
    return page(f"`{policy.id}`", lines)


def _parameters(policy: Policy) -> list[str]:
    if not policy.takes:
        return []
    return [
        "## What can be set",
        "",
        *table(
            ("parameter", "what it says", "it takes", "if nothing is set"),
            ((f"`{each.name}`", each.title, each.takes, told(each.default)) for each in policy.takes),
        ),
    ]


def told(value: Value) -> str:
    """A parameter's value in words."""
    return (", ".join(map(str, value)) or "none") if isinstance(value, tuple) else str(value)


def _ways(remedies: Remedies | None) -> list[str]:
    lines = []
    for name, way in remedies.ways().items() if remedies else ():
        heading, language = WAYS[name]
        lines += [f"### {heading}", ""]
        if not way.text:
            lines += [f"There is no way: {way.why_none}", ""]
        elif language:
            lines += fenced(way.text, language)
        else:
            lines += [way.text, ""]
    return lines


def _controls(facts: PolicyFacts, frameworks: Mapping[str, Framework]) -> list[str]:
    if not facts.frameworks:
        return ["None of those that are known asks for it."]
    return table(
        ("framework", "controls"),
        (
            (name, "; ".join(f"{each} {frameworks[name].controls[each].title}" for each in controls))
            for name, controls in facts.frameworks.items()
        ),
    )
