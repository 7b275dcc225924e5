"""IAM's policy simulation, answered by the same evaluation as the calls themselves. Pure.

What is simulated is what an identity's policies say: neither the resource's own policy (unless it is given) nor whose
the resource is. A condition key that the question does not give is missing, whatever a real call would have.
Source: IAM API Reference, SimulatePrincipalPolicy, SimulateCustomPolicy, EvaluationResult.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from liveaudit.lab.permissions import documents
from liveaudit.lab.permissions.evaluation import (
    Kind,
    Matched,
    Policies,
    Policy,
    Request,
    Ruling,
    decide,
)
from liveaudit.lab.permissions.patterns import Context
from liveaudit.lab.permissions.principals import Principal
from liveaudit.model import LiveauditError

_ACTION = re.compile(r"[\w-]+:\w+")
_PAGE = 100


class InvalidQuestionError(LiveauditError):
    """What IAM would refuse as InvalidInput; the text is its message."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. ``params``: the call's, by botocore's names."""

    principal: Principal
    policies: Policies
    params: Mapping[str, Any]


def with_given(policies: Policies, params: Mapping[str, Any]) -> Policies:
    """``policies`` with those that the call gives besides; a given boundary takes the place of the real one."""
    more = tuple(
        Policy(documents.parse(text), Kind.IDENTITY, f"PolicyInputList.{number}")
        for number, text in enumerate(params.get("PolicyInputList") or [], 1)
    )
    bounds = params.get("PermissionsBoundaryPolicyInputList") or []
    boundary = Policy(documents.parse(bounds[0]), Kind.BOUNDARY, "boundary") if bounds else policies.boundary
    return Policies((*policies.identity, *more), boundary)


def simulate(question: Question) -> dict[str, Any]:
    """The call's answer: one result for each action on each resource, a page of them. Raises InvalidQuestionError."""
    params = question.params
    results = list(_results(question))
    start = _start(params.get("Marker"))
    end = start + int(params.get("MaxItems") or _PAGE)
    answer: dict[str, Any] = {"EvaluationResults": results[start:end], "IsTruncated": end < len(results)}
    if end < len(results):
        answer["Marker"] = str(end)
    return answer


def _start(marker: str | None) -> int:
    if not marker:
        return 0
    if not marker.isdigit():
        raise InvalidQuestionError(f"Invalid Marker: {marker}")
    return int(marker)


def _results(question: Question) -> Iterator[dict[str, Any]]:
    params = question.params
    context = _context(params.get("ContextEntries") or [])
    guard = None
    if params.get("ResourcePolicy"):
        guard = Policy(documents.parse(params["ResourcePolicy"]), Kind.RESOURCE, "ResourcePolicy", "resource")
    used = (*question.policies.identity, *(one for one in (question.policies.boundary, guard) if one))
    missing = sorted({key for policy in used for key in policy.document.keys} - context.keys())
    for action in params.get("ActionNames") or []:
        if not _ACTION.fullmatch(action):
            raise InvalidQuestionError(f"Invalid Input Actions: {action} are not valid action names.")
        for resource in params.get("ResourceArns") or ["*"]:
            request = Request(question.principal, action, resource, context)
            ruling = decide(request, question.policies, guard, owner=question.principal.account)
            yield _result(request, ruling, question.policies, missing)


def _context(entries: Sequence[Mapping[str, Any]]) -> Context:
    found: dict[str, str | tuple[str, ...]] = {}
    for entry in entries:
        values = tuple(str(value) for value in entry.get("ContextKeyValues") or [])
        single = not str(entry.get("ContextKeyType", "string")).endswith("List")
        found[str(entry["ContextKeyName"]).lower()] = values[0] if single and values else values
    return found


def _result(request: Request, ruling: Ruling, policies: Policies, missing: list[str]) -> dict[str, Any]:
    matched = [_statement(one) for one in ruling.matched]
    everything = request.resource == "*"
    result: dict[str, Any] = {
        "EvalActionName": request.action,
        "EvalResourceName": request.resource,
        "EvalDecision": str(ruling.outcome),
        "MatchedStatements": matched,
        "MissingContextValues": missing if everything else [],
    }
    details: dict[str, Any] = {}
    if policies.boundary is not None:
        refused = ruling.kind is Kind.BOUNDARY
        details = {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": not refused}}
    if not everything:
        result["ResourceSpecificResults"] = [
            {
                "EvalResourceName": request.resource,
                "EvalResourceDecision": str(ruling.outcome),
                "MatchedStatements": matched,
                "MissingContextValues": missing,
                **details,
            }
        ]
    return {**result, **details}


def _statement(matched: Matched) -> dict[str, Any]:
    return {"SourcePolicyId": matched.policy.id, "SourcePolicyType": matched.policy.source}
