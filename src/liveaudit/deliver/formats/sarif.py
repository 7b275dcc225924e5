"""SARIF 2.1.0: one run, a result for each finding, and as its rules the policies that were violated."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from liveaudit.deliver.interface import PRODUCT, VERSION, Found, Texts
from liveaudit.deliver.shapes import as_json
from liveaudit.text import iso, shown

VERSION_OF_SARIF = "2.1.0"
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {
    "critical": "error",
    "high": "error",
    "medium": "warning",
    "low": "note",
    "informational": "note",
}
_SCORES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0", "informational": "0.0"}
"""How bad, from 0 to 10, as GitHub's code scanning and others read it."""
_KINDS = {"resolved": "pass", "archived": "notApplicable"}
_BASELINES = {"new": "new", "resolved": "absent", "archived": "absent"}
_ACCEPTED = ("suppressed", "false positive")


class Sarif:
    """One log with one run."""

    name = "sarif"
    title = "SARIF"
    media_type = "application/sarif+json"
    suffix = "sarif"

    def write(self, found: Iterable[Found]) -> Iterator[bytes]:
        """The results first: which rules there are is known when all of them are written."""
        yield as_json({"$schema": SCHEMA, "version": VERSION_OF_SARIF})[:-1] + b',"runs":[{"results":['
        rules: dict[str, tuple[int, dict[str, Any]]] = {}
        between = b""
        for each in found:
            index, _ = rules.setdefault(each["policy"], (len(rules), _rule(each)))
            yield between + as_json(_result(each, index))
            between = b",\n"
        driver = {
            "name": PRODUCT,
            "semanticVersion": VERSION,
            "rules": [rule for _, rule in rules.values()],
        }
        yield b'],"columnKind":"unicodeCodePoints","tool":{"driver":' + as_json(driver) + b"}}]}\n"


def _rule(found: Found) -> dict[str, Any]:
    texts: Texts = found.texts
    told: dict[str, Any] = {
        "id": texts.policy,
        "shortDescription": {"text": literal(texts.title)},
        "fullDescription": {"text": literal(texts.why or texts.title)},
        "defaultConfiguration": {"level": _LEVELS[found["severity"]]},
        "properties": {
            "security-severity": _SCORES[found["severity"]],
            "tags": ["security", *([texts.service] if texts.service else [])],
            "frameworks": texts.requirements(),
        },
    }
    if texts.fix:
        told["help"] = {"text": literal(texts.fix)}
    return told


def _result(found: Found, index: int) -> dict[str, Any]:
    finding = found.finding
    status = finding["status"]
    kind = _KINDS.get(status, "fail")
    told: dict[str, Any] = {
        "ruleId": finding["policy"],
        "ruleIndex": index,
        "kind": kind,
        "level": _LEVELS[finding["severity"]] if kind == "fail" else "none",
        "message": {"text": literal(f"{finding['reason'] or found.texts.title} ({finding['resource']})")},
        "guid": finding["id"],
        "baselineState": _BASELINES.get(status, "unchanged"),
        "locations": [
            {
                # a resource has no file; an address of its own is what comes nearest
                "physicalLocation": {"artifactLocation": {"uri": _address(found)}},
                "logicalLocations": [
                    {
                        "name": finding["resource"],
                        "fullyQualifiedName": finding["arn"],
                        "kind": "resource",
                    }
                ],
            }
        ],
        "partialFingerprints": {"finding/v1": finding["id"]},
        "properties": {
            "severity": finding["severity"],
            "status": status,
            "account": finding["account"],
            "region": finding["region"],
            "type": finding["type"],
            "openedAt": iso(finding["opened_at"]),
            "updatedAt": iso(finding["updated_at"]),
            "timesOpened": finding["times_opened"],
            "evidence": finding["evidence"],
            "changes": finding["opened_by"],
        },
    }
    if status in _ACCEPTED:
        told["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": f"{status} {finding.get('decided_by', '')}".strip(),
            }
        ]
    return told


def literal(text: str) -> str:
    """A text as a message of SARIF: what is in brackets would be a link (section 3.11.6); odd characters shown."""
    return re.sub(r"([\\\[\]])", r"\\\1", shown(text))


def _address(found: Found) -> str:
    parts = ("aws", found["account"], found["region"], found["type"].replace("::", "."), found["resource"])
    return "/".join(quote(str(part), safe="") for part in parts)
