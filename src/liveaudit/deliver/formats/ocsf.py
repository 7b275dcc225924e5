"""OCSF: Compliance Finding (class 2003) of schema 1.5.0, with the profiles cloud and datetime; one event a line."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from liveaudit.deliver.interface import PRODUCT, VERSION, Found
from liveaudit.deliver.shapes import as_json, milliseconds
from liveaudit.text import iso, shown

SCHEMA = "1.5.0"
CLASS = 2003
_SEVERITIES = {
    "informational": (1, "Informational"),
    "low": (2, "Low"),
    "medium": (3, "Medium"),
    "high": (4, "High"),
    "critical": (5, "Critical"),
}
_CREATE, _UPDATE, _CLOSE = (1, "Create"), (2, "Update"), (3, "Close")
_NEW, _IN_PROGRESS, _SUPPRESSED = (1, "New"), (2, "In Progress"), (3, "Suppressed")
_RESOLVED, _ARCHIVED = (4, "Resolved"), (5, "Archived")
_STATUSES = {
    "new": (_CREATE, _NEW),
    "reopened": (_UPDATE, _NEW),
    "in review": (_UPDATE, _IN_PROGRESS),
    "false positive": (_UPDATE, _SUPPRESSED),
    "suppressed": (_UPDATE, _SUPPRESSED),
    "resolved": (_CLOSE, _RESOLVED),
    "archived": (_CLOSE, _ARCHIVED),
}
_PASS, _FAIL, _UNKNOWN = (1, "Pass"), (3, "Fail"), (0, "Unknown")
_RULE, _AWS_ACCOUNT = (1, "Rule"), (10, "AWS Account")


class Ocsf:
    """One event a line."""

    name = "ocsf"
    title = "OCSF"
    media_type = "application/x-ndjson"
    suffix = "ocsf.jsonl"

    def write(self, found: Iterable[Found]) -> Iterator[bytes]:
        """A line for each."""
        for each in found:
            yield as_json(event(each)) + b"\n"


def event(found: Found) -> dict[str, Any]:
    """A finding as a Compliance Finding."""
    finding, texts = found.finding, found.texts
    (activity_id, activity), (status_id, status) = _STATUSES[finding["status"]]
    severity_id, severity = _SEVERITIES[finding["severity"]]
    moved = finding["updated_at"]
    told = shown(finding["reason"] or texts.title)
    return {
        "activity_id": activity_id,
        "activity_name": activity,
        "category_name": "Findings",
        "category_uid": 2,
        "class_name": "Compliance Finding",
        "class_uid": CLASS,
        "cloud": {
            "provider": "AWS",
            "region": finding["region"],
            "cloud_partition": found.partition,
            "account": {"uid": finding["account"], "type_id": _AWS_ACCOUNT[0], "type": _AWS_ACCOUNT[1]},
        },
        "compliance": _compliance(found),
        "evidences": [*_evidences(found)],
        "finding_info": {
            "uid": finding["id"],
            "title": texts.title,
            "desc": told,
            "types": ["Configuration"],
            "analytic": {
                "uid": finding["policy"],
                "name": texts.title,
                "desc": texts.why,
                "type_id": _RULE[0],
                "type": _RULE[1],
            },
            "created_time": milliseconds(finding["opened_at"]),
            "created_time_dt": iso(finding["opened_at"]),
            "modified_time": milliseconds(moved),
            "modified_time_dt": iso(moved),
        },
        "message": told,
        "metadata": {
            "version": SCHEMA,
            # one for every move, so that one that comes twice is known
            "uid": f"{finding['id']}/{milliseconds(moved)}/{finding['status']}",
            "event_code": finding["policy"],
            "profiles": ["cloud", "datetime"],
            "product": {"name": PRODUCT, "vendor_name": PRODUCT, "uid": PRODUCT, "version": VERSION},
        },
        "remediation": {"desc": texts.fix or "liveaudit knows this policy no longer"},
        "resources": [_resource(found)],
        "severity": severity,
        "severity_id": severity_id,
        "status": status,
        "status_detail": finding["status"],
        "status_id": status_id,
        "time": milliseconds(moved),
        "time_dt": iso(moved),
        "type_name": f"Compliance Finding: {activity}",
        "type_uid": CLASS * 100 + activity_id,
        "unmapped": {
            "times_opened": finding["times_opened"],
            "closed_at": iso(finding["closed_at"]),
            "owner": finding.get("owner", ""),
            "decided_by": finding.get("decided_by", ""),
        },
    }


def _compliance(found: Found) -> dict[str, Any]:
    status_id, status = {"resolved": _PASS, "archived": _UNKNOWN}.get(found["status"], _FAIL)
    return {
        "control": found["policy"],
        "desc": found.texts.title,
        "standards": list(found.texts.controls) or [PRODUCT],
        "requirements": found.texts.requirements(),
        "status": status,
        "status_id": status_id,
    }


def _resource(found: Found) -> dict[str, Any]:
    told: dict[str, Any] = {
        "uid": found["arn"],
        "name": found["resource"],
        "type": found["type"],
        "region": found["region"],
        "cloud_partition": found.partition,
    }
    if found.texts.service:
        told["group"] = {"name": found.texts.service}
    return told


def _evidences(found: Found) -> Iterator[dict[str, Any]]:
    """What shows it, and the change that brought it about."""
    yield {"data": {"reason": found["reason"], "evidence": found["evidence"]}}
    change = found.change
    if not change.get("name"):
        return
    actor: Mapping[str, Any] = change.get("actor") or {}
    told: dict[str, Any] = {
        "api": {"operation": change["name"]},
        "data": {key: change[key] for key in ("event_id", "name", "source") if key in change},
    }
    if uid := actor.get("arn") or actor.get("principal_id"):
        told["actor"] = {"user": {"uid": uid, "type": actor.get("type") or "Unknown", "type_id": 99}}
        if actor.get("account"):
            told["actor"]["user"]["account"] = {"uid": actor["account"]}
    if where := actor.get("source_ip"):
        # CloudTrail gives the name of a service where one of AWS's called
        told["src_endpoint"] = {"ip": where} if _is_address(where) else {"name": where}
    yield told


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text
