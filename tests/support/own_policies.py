"""Policies of users' own, as they stand in a file."""

from __future__ import annotations

from typing import Any

import yaml

OWNER: dict[str, Any] = {
    "id": "acme_bucket_has_owner",
    "type": "AWS::S3::Bucket",
    "severity": "medium",
    "title": "Buckets name their owner",
    "why": "Who answers for it has to be known.",
    "fix": "Tag the bucket with Owner.",
    "tags": {"key": "Owner"},
}


def own(**changed: Any) -> dict[str, Any]:
    """A policy by a tag, with some of its fields changed; None leaves one out."""
    return {name: each for name, each in {**OWNER, **changed}.items() if each is not None}


def a_file(*policies: dict[str, Any]) -> bytes:
    """A file of policies."""
    return yaml.safe_dump({"policies": list(policies)}, sort_keys=False).encode()
