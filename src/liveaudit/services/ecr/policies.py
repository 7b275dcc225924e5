"""The policies of ECR repositories."""

from __future__ import annotations

import json
import re
from typing import Any

from liveaudit.model import Resource, Severity, Verdict, failed, passed
from liveaudit.policies.checks import flag, is_one_of
from liveaudit.policies.resource_policies import not_public
from liveaudit.policies.shapes import UnexpectedShapeError, mapping, mappings, rule, text
from liveaudit.services.ecr.resources import registry, repository

_BY_ITSELF = frozenset({"SCAN_ON_PUSH", "CONTINUOUS_SCAN"})


@rule(
    repository,
    "ecr_repositories_not_publicly_accessible",
    Severity.CRITICAL,
    title="Only those named may use the repository",
    why="Anybody with an AWS account could pull your images, with the code and settings in them, or push others in their place.",
    fix="Name the accounts in the statement shown instead of everybody, or remove it.",
)
def is_not_public(policy_document: Any) -> Verdict:
    """ECR user guide, "Private repository policies"."""
    return not_public(policy_document, "the repository's policy")


@rule(
    repository,
    "ecr_repositories_scan_images_on_push_enabled",
    Severity.MEDIUM,
    title="Images are scanned when they are pushed, or all the time",
    why="An image with a known vulnerability is then seen before it runs, not when somebody thinks of looking.",
    fix="Add a rule to the registry's scanning configuration that holds the repository, with the frequency scan on push or "
    "continuous.",
)
def scans_images(repository: Any, registry_scanning: Any, resource: Resource) -> Verdict:
    """Security Hub ECR.1; ECR user guide, "Filters to choose which repositories are scanned"."""
    scanning = mapping(registry_scanning, "the registry's scanning")
    kind = scanning.get("scanType")
    rules = mappings(scanning.get("rules") or [], "the registry's rules")
    if not rules and kind != "ENHANCED":
        if flag(repository, "imageScanningConfiguration.scanOnPush", "the repository"):
            return passed("the repository's images are scanned when they are pushed")
        return failed("images are not scanned by themselves", scanType=kind, scanOnPush=False)
    found = {
        text(each.get("scanFrequency"), "scanFrequency")
        for each in rules
        if any(
            _holds(text(one.get("filter"), "filter"), resource.id)
            for one in mappings(each.get("repositoryFilters"), "repositoryFilters")
        )
    }
    good = sorted(found & _BY_ITSELF)
    if good:
        return passed(f"a rule of the registry scans the repository: {good[0]}")
    return failed("no rule of the registry scans the repository's images by itself", scanType=kind)


def _holds(pattern: str, name: str) -> bool:
    """A filter with ``*`` is a pattern for the whole name; one without is looked for within the name."""
    if "*" not in pattern:
        return pattern in name
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name) is not None


@rule(
    repository,
    "ecr_repositories_tag_immutability",
    Severity.MEDIUM,
    title="Tags of images cannot be moved",
    why="With a tag that can be moved nobody knows which image ran, and whoever may push can put another in its place.",
    fix="Set the repository's tag mutability to IMMUTABLE.",
)
def tags_stay(repository: Any) -> Verdict:
    """Security Hub ECR.2, which passes IMMUTABLE only: with exclusions some tags can still be moved."""
    return is_one_of(repository, "imageTagMutability", "the repository", ["IMMUTABLE"])


@rule(
    repository,
    "ecr_repositories_lifecycle_policy_enabled",
    Severity.LOW,
    title="Old images are deleted by rules",
    why="Old images cost, and each can still be pulled and run with all the vulnerabilities found since.",
    fix="Give the repository a lifecycle policy that expires images by age or number.",
)
def old_images_expire(lifecycle_policy: Any) -> Verdict:
    """Security Hub ECR.3."""
    if lifecycle_policy is None:
        return failed("the repository has no lifecycle policy")
    try:
        rules = mapping(
            json.loads(text(lifecycle_policy, "the lifecycle policy")), "the lifecycle policy"
        ).get("rules")
    except ValueError as error:
        raise UnexpectedShapeError("the lifecycle policy is no JSON") from error
    if not mappings(rules, "the rules of the lifecycle policy"):
        return failed("the repository's lifecycle policy has no rules")
    return passed("the repository has a lifecycle policy")


@rule(
    registry,
    "ecr_registry_scan_images_on_push_enabled",
    Severity.MEDIUM,
    title="The registry scans the images of every repository",
    why="A repository that no rule holds gets images that nobody ever looks into.",
    fix="Add a rule with the filter * and the frequency scan on push or continuous to the registry's scanning.",
)
def registry_scans_everything(scanning: Any) -> Verdict:
    """ECR user guide, "Image scanning"."""
    rules = mappings(mapping(scanning, "the registry's scanning").get("rules") or [], "the registry's rules")
    for each in rules:
        filters = mappings(each.get("repositoryFilters"), "repositoryFilters")
        if each.get("scanFrequency") in _BY_ITSELF and any(one.get("filter") == "*" for one in filters):
            return passed(f"a rule scans every repository: {each.get('scanFrequency')}")
    return failed("no rule of the registry scans every repository by itself", rules=len(rules))


@rule(
    registry,
    "ecr_registry_enhanced_scanning_enabled",
    Severity.MEDIUM,
    title="The registry scans images with Amazon Inspector",
    why="Enhanced scanning looks into the packages of programming languages too, and again whenever a new vulnerability is known.",
    fix="Set the scan type of the registry's scanning configuration to ENHANCED.",
)
def scanning_is_enhanced(scanning: Any) -> Verdict:
    """ECR user guide, "Scan images for OS and programming language package vulnerabilities"."""
    return is_one_of(scanning, "scanType", "the registry's scanning", ["ENHANCED"])


@rule(
    repository,
    "ecr_repository_cmk_encryption",
    Severity.LOW,
    title="The repository's images are encrypted with a key in KMS",
    why="Every use of such a key is seen in CloudTrail, and with one of your own you decide who may decrypt.",
    fix="Make the repository anew with KMS encryption and push the images there; encryption cannot be changed.",
)
def images_have_a_key(repository: Any) -> Verdict:
    """Security Hub ECR.5."""
    return is_one_of(
        repository, "encryptionConfiguration.encryptionType", "the repository", ["KMS", "KMS_DSSE"]
    )
