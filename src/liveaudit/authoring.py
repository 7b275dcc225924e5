"""What a policy of one's own in Python is written with: the same things as the built-in ones, from one place.

    from liveaudit.authoring import Severity, failed, passed, resource_type, rule

``docs/python-policies.md`` tells how.
"""

from __future__ import annotations

from liveaudit.catalog.types import ResourceType
from liveaudit.model import Outcome, Resource, Severity, Verdict, failed, not_applicable, passed, unknown
from liveaudit.policies.clock import Now
from liveaudit.policies.documents import Document
from liveaudit.policies.parameters import accounts, number, ports
from liveaudit.policies.policy import Context, policy
from liveaudit.policies.shapes import (
    document,
    mapping,
    mappings,
    moment,
    names,
    rule,
    text,
    texts,
    whole_number,
)
from liveaudit.services import load
from liveaudit.settings.mistakes import nearest

__all__ = [
    "Context",
    "Document",
    "Now",
    "Outcome",
    "Resource",
    "ResourceType",
    "Severity",
    "Verdict",
    "accounts",
    "document",
    "failed",
    "mapping",
    "mappings",
    "moment",
    "names",
    "not_applicable",
    "number",
    "passed",
    "policy",
    "ports",
    "resource_type",
    "rule",
    "text",
    "texts",
    "unknown",
    "whole_number",
]


def resource_type(name: str) -> ResourceType:
    """The resource type of that CloudFormation name, as ``AWS::S3::Bucket``. Raises ValueError for one that is not watched."""
    types = load()[0].types
    if name not in types:
        near = nearest(
            name, [each for each in types if each.split("::")[:2] == name.split("::")[:2]] or types
        )
        raise ValueError(
            f"{name!r} is no resource type that is watched{near}; liveaudit catalog list tells which there are"
        )
    return types[name]
