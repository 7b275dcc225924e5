"""The policies of a region's Inspector."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed, unknown
from liveaudit.policies.checks import member
from liveaudit.policies.shapes import mapping, mappings, rule, text
from liveaudit.services.inspector2.resources import region_settings

SCANS = ("ec2", "ecr", "lambda", "lambdaCode")
"""What is scanned, as the API names it. Code in repositories is another product, for whoever uses it."""


@rule(
    region_settings,
    "inspector2_is_enabled",
    Severity.MEDIUM,
    title="Inspector scans instances, images and functions in the region",
    why="It finds the known holes in what runs, on the day they become known.",
    fix="Switch on Inspector's scans for EC2, ECR, Lambda and Lambda code in the region.",
)
def everything_is_scanned(account_status: Any) -> Verdict:
    """Security Hub Inspector.1 to Inspector.4; Inspector API reference, BatchGetAccountStatus.

    A scan that the answer leaves out is one that the region does not have; but none at all is Inspector being off.
    """
    answer = mapping(account_status, "the account's status")
    refused = mappings(answer.get("failedAccounts") or (), "failedAccounts")
    if refused:
        return unknown(
            f"Inspector does not tell: {refused[0].get('errorCode')}: {refused[0].get('errorMessage')}"
        )
    accounts = mappings(answer.get("accounts"), "accounts")
    if not accounts:
        return failed("Inspector was never switched on", accounts=[])
    states = mapping(accounts[0].get("resourceState"), "resourceState")
    given = {
        name: text(member(states, f"{name}.status", "resourceState"), f"the status of {name}")
        for name in SCANS
        if states.get(name) is not None
    }
    off = {name: status for name, status in given.items() if status not in ("ENABLED", "ENABLING")}
    if off or not given:
        return failed(f"Inspector does not scan {', '.join(off) or 'anything'}", **off)
    if "ENABLING" in given.values():
        return unknown("scanning is being switched on")
    return passed(f"Inspector scans {', '.join(given)}")
