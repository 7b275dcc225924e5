"""The AWS Security Finding Format: each line is an input of Security Hub's BatchImportFindings, as it is.

A call takes at most 100 findings of the account and region that it is made in, 240 KB a finding and 6 MB in all. The
lengths of texts are those that Security Hub's model tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from liveaudit.deliver.formats.asff_types import asff_type
from liveaudit.deliver.interface import PRODUCT, VERSION, Found
from liveaudit.deliver.shapes import as_json, cut
from liveaudit.model import GLOBAL_REGION, home_region
from liveaudit.text import iso, shown

SCHEMA = "2018-10-08"
BATCH = 100
LARGEST_BATCH = 5_000_000
"""Bytes; 6 MB are allowed."""
HELD = 32_000_000
"""Bytes of findings that wait for more of their account and region; above that the largest batch goes as it is."""
_TITLE, _DESCRIPTION, _RECOMMENDATION, _FIELD = 256, 1024, 512, 2048
_REQUIREMENTS = 32
_BEST_PRACTICES = "Software and Configuration Checks/AWS Security Best Practices"
_STANDARDS = "Software and Configuration Checks/Industry and Regulatory Standards"
_PARTITIONS = {"aws-iso": "aws-us-iso", "aws-iso-b": "aws-us-iso-b"}
_KNOWN_PARTITIONS = frozenset({"aws", "aws-cn", "aws-us-gov", "aws-us-iso", "aws-us-iso-b"})
_STATUSES = {
    "new": ("ACTIVE", "FAILED", "NEW"),
    "reopened": ("ACTIVE", "FAILED", "NEW"),
    "in review": ("ACTIVE", "FAILED", "NOTIFIED"),
    "false positive": ("ACTIVE", "FAILED", "SUPPRESSED"),
    "suppressed": ("ACTIVE", "FAILED", "SUPPRESSED"),
    "resolved": ("ACTIVE", "PASSED", "RESOLVED"),
    "archived": ("ARCHIVED", "NOT_AVAILABLE", "RESOLVED"),
}
"""Of each status: the record's state, the compliance, the workflow."""


class Asff:
    """One input of BatchImportFindings a line."""

    name = "asff"
    title = "ASFF (Security Hub)"
    media_type = "application/x-ndjson"
    suffix = "asff.jsonl"

    def write(self, found: Iterable[Found]) -> Iterator[bytes]:
        """Batches of one account and region, as they become full; what is left at the end."""
        waiting: dict[tuple[str, str], _Batch] = {}
        held = 0
        for each in found:
            made = as_json(asff(each))
            place = (each["account"], _region(each))
            if place in waiting and waiting[place].size + len(made) > LARGEST_BATCH:
                batch = waiting.pop(place)
                held -= batch.size
                yield batch.line()
            waiting.setdefault(place, _Batch()).add(made)
            held += len(made)
            if len(waiting[place].findings) < BATCH:
                if held <= HELD:
                    continue
                place = max(waiting, key=lambda one: waiting[one].size)
            batch = waiting.pop(place)
            held -= batch.size
            yield batch.line()
        for batch in waiting.values():
            yield batch.line()


class _Batch:
    """Findings of one account and region, written down."""

    def __init__(self) -> None:
        self.findings: list[bytes] = []
        self.size = 0

    def add(self, finding: bytes) -> None:
        self.findings.append(finding)
        self.size += len(finding)

    def line(self) -> bytes:
        return b'{"Findings":[' + b",".join(self.findings) + b"]}\n"


def _region(found: Found) -> str:
    """The region in which Security Hub is told: a resource of the whole account is told at home."""
    return home_region(found.partition) if found["region"] == GLOBAL_REGION else str(found["region"])


def asff(found: Found) -> dict[str, Any]:
    """A finding in Security Hub's words."""
    finding, texts = found.finding, found.texts
    region = _region(found)
    record, compliance, workflow = _STATUSES[finding["status"]]
    types = [_BEST_PRACTICES, *([_STANDARDS] if texts.controls else [])]
    label = finding["severity"].upper()
    told: dict[str, Any] = {
        "SchemaVersion": SCHEMA,
        "Id": f"{PRODUCT}/{finding['id']}",
        "ProductArn": f"arn:{found.partition}:securityhub:{region}:{finding['account']}:product/{finding['account']}/default",
        "ProductName": PRODUCT,
        "CompanyName": PRODUCT,
        "GeneratorId": f"{PRODUCT}/{finding['policy']}",
        "AwsAccountId": finding["account"],
        "Types": types,
        "CreatedAt": iso(finding["opened_at"]),
        "FirstObservedAt": iso(finding["opened_at"]),
        "UpdatedAt": iso(finding["updated_at"]),
        "Severity": {"Label": label, "Original": finding["severity"]},
        "FindingProviderFields": {
            "Severity": {"Label": label, "Original": finding["severity"]},
            "Types": types,
        },
        "Title": cut(texts.title, _TITLE),
        "Description": cut(_description(found), _DESCRIPTION),
        "ProductFields": {key: cut(value, _FIELD) for key, value in _fields(found).items() if value.strip()},
        "Resources": [_resource(found, region)],
        "Compliance": {"Status": compliance},
        "Workflow": {"Status": workflow},
        "RecordState": record,
    }
    if texts.fix.strip():
        told["Remediation"] = {"Recommendation": {"Text": cut(texts.fix, _RECOMMENDATION)}}
    if requirements := texts.requirements():
        told["Compliance"]["RelatedRequirements"] = requirements[:_REQUIREMENTS]
    if finding["status"] == "false positive":
        told["VerificationState"] = "FALSE_POSITIVE"
    return told


def _description(found: Found) -> str:
    reason = shown(found["reason"])
    # the reason is of this resource, and stays whole when there is not room for both
    return f"{reason}. {found.texts.why}" if reason else found.texts.why or found.texts.title


def _resource(found: Found, region: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "Type": asff_type(found["type"]),
        "Id": found["arn"],
        "Region": region,
    }
    partition = _PARTITIONS.get(found.partition, found.partition)
    if partition in _KNOWN_PARTITIONS:
        told["Partition"] = partition
    return told


def _fields(found: Found) -> dict[str, str]:
    change = found.change
    actor: Mapping[str, Any] = change.get("actor") or {}
    return {
        f"{PRODUCT}/version": VERSION,
        f"{PRODUCT}/policy": found["policy"],
        f"{PRODUCT}/status": found["status"],
        f"{PRODUCT}/resource": found["resource"],
        f"{PRODUCT}/arn": found["arn"],
        f"{PRODUCT}/type": found["type"],
        f"{PRODUCT}/times-opened": str(found["times_opened"]),
        f"{PRODUCT}/evidence": as_json(found["evidence"]).decode(),
        f"{PRODUCT}/change": str(change.get("name", "")),
        f"{PRODUCT}/change-event": str(change.get("event_id", "")),
        f"{PRODUCT}/change-by": str(actor.get("arn") or actor.get("principal_id", "")),
        f"{PRODUCT}/change-from": str(actor.get("source_ip", "")),
    }
