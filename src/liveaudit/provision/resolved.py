"""A template of ours as CloudFormation sees it in one account and region: every name and ARN put in. Pure.

No more of the template language than our own templates use; a test holds that all of them can be resolved.
Source: CloudFormation template reference, "Intrinsic functions", "Pseudo parameters".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from liveaudit.provision import names
from liveaudit.provision.installation import SetupError

_NAMED_BY = {
    "AWS::Events::Rule": "Name",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::SQS::Queue": "QueueName",
}
_IN_TEXT = re.compile(r"\$\{([A-Za-z0-9:.]+)\}")


@dataclass(frozen=True, slots=True)
class Resolved:
    """A resource with its properties put in. ``name``: AWS's, empty for what has none."""

    type: str
    name: str
    properties: Mapping[str, Any]


def resolve(template: Mapping[str, Any], partition: str, account: str, region: str) -> dict[str, Resolved]:
    """The resources by logical id. Raises SetupError for what none of our templates has."""
    return _Resolver(template, partition, account, region).all()


@dataclass(frozen=True, slots=True)
class _Resolver:
    template: Mapping[str, Any]
    partition: str
    account: str
    region: str

    def all(self) -> dict[str, Resolved]:
        return {
            logical: Resolved(given["Type"], self._name(logical), self._value(given.get("Properties") or {}))
            for logical, given in self.template["Resources"].items()
        }

    def _name(self, logical: str) -> str:
        given = self.template["Resources"][logical]
        named_by = _NAMED_BY.get(given["Type"])
        return str(self._value(given["Properties"][named_by])) if named_by else ""

    def _value(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._value(each) for each in value]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            ((key, given),) = value.items()
            if key == "Ref":
                return self._reference(given)
            if key == "Fn::GetAtt":
                return self._attribute(*given)
            if key == "Fn::Sub" and isinstance(given, str):
                return _IN_TEXT.sub(lambda found: self._reference(found[1]), given)
            if key.startswith("Fn::"):
                raise SetupError(f"{key} stands in a template of ours, and cannot be resolved here")
        return {key: self._value(each) for key, each in value.items()}

    def _reference(self, name: str) -> str:
        pseudo = {
            "AWS::AccountId": self.account,
            "AWS::Partition": self.partition,
            "AWS::Region": self.region,
        }
        if name in pseudo:
            return pseudo[name]
        parameter = (self.template.get("Parameters") or {}).get(name)
        if parameter is not None:
            return str(parameter.get("Default", ""))
        logical, _, attribute = name.partition(".")
        if logical not in self.template["Resources"]:
            raise SetupError(f"{name} stands in a template of ours, and nothing of that name is in it")
        return self._attribute(logical, attribute) if attribute else self._name(logical)

    def _attribute(self, logical: str, attribute: str) -> str:
        kind, name = self.template["Resources"][logical]["Type"], self._name(logical)
        if attribute == "Arn":
            if kind == "AWS::Events::Rule":
                return f"arn:{self.partition}:events:{self.region}:{self.account}:rule/{name}"
            if kind == "AWS::SQS::Queue":
                return names.queue_arn(self.partition, self.account, self.region, name)
            if kind == "AWS::IAM::Role":
                return names.role_arn(self.partition, self.account, name)
        raise SetupError(f"{logical}.{attribute} stands in a template of ours, and cannot be resolved here")
