"""CloudFormation templates as plain data and as text.

Sources: CloudFormation User Guide, "Template anatomy", "CloudFormation quotas", "Fn::Sub".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from liveaudit.provision.render.text import compact, json_text

BODY_LIMIT = 51_200
"""Bytes of a template that is handed over in the call itself; a longer one has to come from a bucket."""
DESCRIPTION_LIMIT = 1024
"""Bytes of a template's description."""
_PSEUDO = ("AWS::AccountId", "AWS::Partition", "AWS::Region", "AWS::URLSuffix")


class Template:
    """A template in the making. ``metadata`` stands beside the resources: whose it is, and of which version."""

    def __init__(self, description: str, *, metadata: Mapping[str, Any] | None = None) -> None:
        self._description = description
        self._metadata = dict(metadata or {})
        self._resources: dict[str, dict[str, Any]] = {}

    def add(
        self,
        name: str,
        resource_type: str,
        properties: Mapping[str, Any],
        metadata: Mapping[str, Any] | None = None,
    ) -> str:
        """Add a resource and return its logical id, made from ``name``. ``metadata``: what may change freely."""
        logical_id = self._free(logical_name(name))
        resource: dict[str, Any] = {"Type": resource_type}
        if metadata:
            resource["Metadata"] = dict(metadata)
        self._resources[logical_id] = {**resource, "Properties": dict(properties)}
        return logical_id

    def body(self) -> dict[str, Any]:
        """The template as plain data."""
        given: dict[str, Any] = {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": _short(self._description),
        }
        if self._metadata:
            given["Metadata"] = self._metadata
        given["Resources"] = self._resources
        return given

    def text(self) -> str:
        """The template as JSON: to be read where it fits into a call so, else without white space."""
        text = json_text(self.body())
        return text if len(text.encode()) <= BODY_LIMIT else compact(self.body()) + "\n"

    def _free(self, wanted: str) -> str:
        candidate, number = wanted, 1
        while candidate in self._resources:
            number += 1
            candidate = f"{wanted}{number}"
        return candidate


def logical_name(name: str) -> str:
    """A logical id made from any text: its letters and digits, each word with a capital."""
    words = re.findall(r"[A-Za-z0-9]+", name)
    return "".join(word[0].upper() + word[1:] for word in words) or "Resource"


def ref(logical_id: str) -> dict[str, str]:
    """``Ref``."""
    return {"Ref": logical_id}


def portable(value: Any) -> Any:
    """Plain data with every text that names a pseudo parameter (``${AWS::AccountId}``) under ``Fn::Sub``.

    Whatever else looks like a reference there (IAM's own ``${aws:username}``) is kept literally. Keys stay as they
    are. So one template serves many accounts.
    """
    if isinstance(value, str):
        if not any(f"${{{each}}}" in value for each in _PSEUDO):
            return value
        kept = "|".join(map(re.escape, _PSEUDO))
        return {"Fn::Sub": re.sub(rf"\$\{{(?!(?:{kept})\}})", "${!", value)}
    if isinstance(value, Mapping):
        return {key: portable(each) for key, each in value.items()}
    if isinstance(value, Sequence):
        return [portable(each) for each in value]
    return value


def _short(text: str) -> str:
    """As much of a description as a template may have. Only ASCII, so that characters are bytes."""
    plain = "".join(each if " " <= each <= "~" else " " for each in text)
    return plain if len(plain) <= DESCRIPTION_LIMIT else plain[: DESCRIPTION_LIMIT - 3] + "..."
