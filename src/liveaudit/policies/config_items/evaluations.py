"""What a rule told AWS Config, as verdicts. Pure.

Source: the API reference of PutEvaluations: ``COMPLIANT``, ``NON_COMPLIANT`` or ``NOT_APPLICABLE``, an annotation of at most
256 characters, and of several evaluations of one resource the last one counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from liveaudit.model import Verdict, failed, not_applicable, passed, unknown
from liveaudit.text import shown

_LONGEST = 256
_LONGEST_EVIDENCE = 2048
_EVIDENCE = ("ComplianceResourceType", "ComplianceResourceId", "ComplianceType", "Annotation")
ACCOUNT_TYPE = "AWS::::Account"
"""The type under which periodic rules judge an account as a whole."""


def verdict_of(evaluation: Mapping[str, Any]) -> Verdict:
    """One evaluation as a verdict."""
    told = evaluation.get("ComplianceType")
    note = shown(str(evaluation.get("Annotation") or ""))[:_LONGEST]
    if told == "COMPLIANT":
        return passed(note)
    if told == "NON_COMPLIANT":
        shown_by = {key: str(evaluation[key])[:_LONGEST_EVIDENCE] for key in _EVIDENCE if evaluation.get(key)}
        return failed(note or "the rule says NON_COMPLIANT, and not why", evaluation=shown_by)
    if told == "NOT_APPLICABLE":
        return not_applicable(note or "the rule says NOT_APPLICABLE, and not why")
    return unknown(f"the rule put an evaluation of the type {shown(str(told))[:40]}, which is none")


def verdict_on(type_name: str, resource_id: str, evaluations: Iterable[Mapping[str, Any]]) -> Verdict:
    """What the evaluations say of one resource, by AWS Config's type and id; UNKNOWN where none is of it."""
    others: list[str] = []
    found: Verdict | None = None
    for each in evaluations:
        of = (each.get("ComplianceResourceType"), each.get("ComplianceResourceId"))
        if of == (type_name, resource_id):
            found = verdict_of(each)
        else:
            others.append(f"{of[0]} {of[1]}")
    if found is not None:
        return found
    if others:
        return unknown(
            f"the rule judged {shown(others[0])[:120]}, and not {type_name} {shown(resource_id)[:120]}"
        )
    return unknown("the rule put no evaluation (PutEvaluations was not called)")
