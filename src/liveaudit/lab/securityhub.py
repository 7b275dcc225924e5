"""Security Hub where moto falls short: updates by customers, which imports leave alone, and filters.

Sources: BatchUpdateFindings, BatchImportFindings ("After a finding is created, ... cannot be used to update") and GetFindings in
Security Hub's API reference.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from liveaudit.lab import answers, internals
from liveaudit.lab.answers import Answer
from liveaudit.lab.calls import Call

_CUSTOMERS = ("Note", "UserDefinedFields", "VerificationState", "Workflow")


def install(patches: internals.Patches) -> None:
    """Mend moto's Security Hub."""
    internals.check(internals.HUB)
    patches.wrap("securityhub.models:SecurityHubBackend.batch_import_findings", _import)
    patches.wrap("securityhub.models:SecurityHubBackend.get_findings", _get)


def answer(call: Call) -> Answer | None:
    """The answer to BatchUpdateFindings, None for every other call."""
    if (call.service, call.operation) != ("securityhub", "BatchUpdateFindings"):
        return None
    given = json.loads(call.body)
    changes = {name: given[name] for name in _CUSTOMERS if name in given}
    done, missing = [], []
    for each in given["FindingIdentifiers"]:
        found = [one for one in _backend(call).findings if _is(one, each)]
        for one in found:
            one.data.update(changes)
        if found:
            done.append(each)
        else:
            missing.append(
                {
                    "FindingIdentifier": each,
                    "ErrorCode": "FindingNotFound",
                    "ErrorMessage": "Finding not found",
                }
            )
    return answers.render(call, {"ProcessedFindings": done, "UnprocessedFindings": missing})


def _backend(call: Call) -> Any:
    return internals.module("securityhub.models").securityhub_backends[call.account][call.region]


def _is(finding: Any, wanted: dict[str, str]) -> bool:
    return bool(finding.id == wanted["Id"] and finding.data["ProductArn"] == wanted["ProductArn"])


def _import(original: Callable[..., Any], backend: Any, findings: list[dict[str, Any]]) -> Any:
    """Findings that are there keep what is their customers'; those of other accounts are refused."""
    there = {each.id for each in backend.findings}
    taken = [each for each in findings if each["AwsAccountId"] == backend.account_id]
    done = original(
        backend,
        [
            {name: value for name, value in each.items() if each["Id"] not in there or name not in _CUSTOMERS}
            for each in taken
        ],
    )
    failed = [
        {"Id": each["Id"], "ErrorCode": "InvalidInput", "ErrorMessage": "of another account"}
        for each in findings
        if each not in taken
    ]
    return done[0] + len(failed), done[1], [*done[2], *failed]


def _get(
    original: Callable[..., Any], backend: Any, filters: dict[str, Any] | None = None, **more: Any
) -> Any:
    found, token = original(backend, **more)
    return [each for each in found if _fits(each, filters or {})], token


def _fits(finding: dict[str, Any], filters: dict[str, Any]) -> bool:
    values = {**finding, "WorkflowStatus": finding.get("Workflow", {}).get("Status")}
    return all(values.get(name) in [each["Value"] for each in wanted] for name, wanted in filters.items())
