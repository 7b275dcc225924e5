"""CloudFormation templates: reading, checking and resolving them. Pure.

Sources: CloudFormation User Guide, "Template anatomy", "Intrinsic function reference", "Pseudo parameters reference".
What the lab does not know (transforms, mappings, other functions) is named by ``unsupported``, never guessed.
"""

from __future__ import annotations

import graphlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from liveaudit.lab.stacks.intrinsics import FUNCTIONS, TemplateError, references

BODY_LIMIT = 51_200
"""Bytes of a template that is sent with the call. Source: CloudFormation quotas."""
_KNOWN = {
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
}


@dataclass(frozen=True, slots=True)
class Template:
    """A template that was read. ``body`` is as it was sent."""

    body: str
    resources: Mapping[str, Mapping[str, Any]]
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    description: str = ""
    other_sections: tuple[str, ...] = ()

    def unsupported(self, types: Collection[str]) -> str:
        """What in it the lab's own stacks cannot do, empty when there is nothing. ``types``: those they can make."""
        for section in self.other_sections:
            return f"the section {section}"
        for name, resource in self.resources.items():
            if resource["Type"] not in types:
                return f"the resource type {resource['Type']} ({name})"
        for function in _functions([self.resources, self.conditions, self.outputs]):
            if function not in FUNCTIONS:
                return f"the function {function}"
        return ""

    def order(self, wanted: Collection[str]) -> list[str]:
        """The logical ids in ``wanted``, each after those that it depends on. Raises TemplateError for a circle."""
        sorter = graphlib.TopologicalSorter(
            {name: [one for one in self._dependencies(name) if one in wanted] for name in sorted(wanted)}
        )
        try:
            return list(sorter.static_order())
        except graphlib.CycleError as error:
            circle = ", ".join(dict.fromkeys(error.args[1]))
            raise TemplateError(f"Circular dependency between resources: [{circle}]") from None

    def _dependencies(self, name: str) -> Iterator[str]:
        resource = self.resources[name]
        depends = resource.get("DependsOn") or []
        yield from [depends] if isinstance(depends, str) else depends
        yield from (one for one in references(resource.get("Properties")) if one in self.resources)

    def values(self, given: Mapping[str, str]) -> dict[str, str]:
        """The parameters' values, with their defaults. Raises TemplateError for one that is missing or unknown."""
        unknown = sorted(given.keys() - self.parameters.keys())
        if unknown:
            raise TemplateError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
        values = {name: str(one["Default"]) for name, one in self.parameters.items() if "Default" in one}
        values.update(given)
        missing = [name for name in self.parameters if name not in values]
        if missing:
            raise TemplateError(f"Parameters: [{', '.join(missing)}] must have values")
        for name, one in self.parameters.items():
            allowed = [str(each) for each in one.get("AllowedValues", [])]
            if allowed and values[name] not in allowed:
                raise TemplateError(
                    f"Parameter '{name}' must be one of AllowedValues: [{', '.join(allowed)}]"
                )
        return values

    def capability(self) -> str:
        """The capability that the caller must acknowledge, empty when none is needed."""
        roles = [one for one in self.resources.values() if str(one["Type"]).startswith("AWS::IAM::")]
        if not roles:
            return ""
        named = ("RoleName", "ManagedPolicyName", "UserName", "GroupName")
        if any(name in (one.get("Properties") or {}) for one in roles for name in named):
            return "CAPABILITY_NAMED_IAM"
        return "CAPABILITY_IAM"


def parse(body: str) -> Template:
    """Read a template in JSON or YAML. Raises TemplateError."""
    if not body:
        raise TemplateError("Template format error: at least one Resources member must be defined.")
    if len(body.encode()) > BODY_LIMIT:
        raise TemplateError(
            "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
            f"Member must have length less than or equal to {BODY_LIMIT}"
        )
    content = _read(body)
    if not isinstance(content, Mapping):
        raise TemplateError("Template format error: unsupported structure.")
    resources = content.get("Resources")
    if not isinstance(resources, Mapping) or not resources:
        raise TemplateError("Template format error: At least one Resources member must be defined.")
    for name, resource in resources.items():
        if not isinstance(resource, Mapping) or not isinstance(resource.get("Type"), str):
            raise TemplateError(f"Template format error: [/Resources/{name}] Type is not defined.")
    template = Template(
        body,
        resources,
        content.get("Parameters") or {},
        content.get("Conditions") or {},
        content.get("Outputs") or {},
        str(content.get("Description") or ""),
        tuple(sorted(str(key) for key in content.keys() - _KNOWN)),
    )
    _check_references(template)
    template.order(template.resources)
    return template


def _read(body: str) -> Any:
    if body.lstrip().startswith("{"):
        try:
            return json.loads(body)
        except ValueError as error:
            raise TemplateError(f"Template format error: JSON not well-formed. ({error})") from None
    try:
        return yaml.load(body, Loader=_Loader)  # noqa: S506 - a SafeLoader with CloudFormation's short forms
    except yaml.YAMLError as error:
        raise TemplateError(f"Template format error: YAML not well-formed. ({error})") from None


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: ``!Ref``, ``!GetAtt a.b``, ``!Sub`` and the like."""


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        raise yaml.YAMLError(f"!{suffix} cannot stand before this")
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_form)


def _functions(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(key, str) and key.startswith("Fn::"):
                yield key
            yield from _functions(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _functions(inner)


def _check_references(template: Template) -> None:
    known = {*template.resources, *template.parameters}
    for section, entries in (("Resources", template.resources), ("Outputs", template.outputs)):
        unknown = sorted(
            {
                one
                for entry in entries.values()
                for one in references(entry)
                if one not in known and not one.startswith("AWS::")
            }
        )
        if unknown:
            raise TemplateError(
                f"Template format error: Unresolved resource dependencies [{', '.join(unknown)}] "
                f"in the {section} block of the template"
            )
