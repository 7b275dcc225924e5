"""A template's values in Terraform's terms: intrinsic functions replaced by literals and references. Pure.

Source: CloudFormation template reference, "Intrinsic functions", "Pseudo parameters".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from liveaudit.provision.installation import SetupError
from liveaudit.provision.render.hcl import Ref, Value

_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean in one stack. ``literals``: pseudo parameters and parameters; ``addresses``: logical id to the
    Terraform address of its resource; ``reference``: what ``Ref`` of such a resource gives there."""

    literals: Mapping[str, str]
    addresses: Mapping[str, str]
    reference: Mapping[str, str]

    def value(self, given: Any) -> Value:
        """A template's value as Terraform's. Raises SetupError for what has no meaning there."""
        match given:
            case None | str() | bool() | int():
                return given
            case {"Ref": str(name), **others} if not others:
                return self._named(name)
            case {"Fn::GetAtt": [str(name), "Arn"], **others} if not others:
                return Ref(f"{self._address(name)}.arn")
            case {"Fn::Sub": str(text), **others} if not others:
                return _PLACEHOLDER.sub(lambda found: self._literal(found[1]), text)
            case Mapping() if any(each == "Ref" or each.startswith("Fn::") for each in given):
                raise SetupError(f"emit: {', '.join(given)} in a template has no form in Terraform")
            case Mapping():
                return {key: self.value(each) for key, each in given.items()}
            case Sequence():
                return [self.value(each) for each in given]
            case _:
                raise SetupError(f"emit: a {type(given).__name__} in a template has no form in Terraform")

    def _named(self, name: str) -> Value:
        if name in self.literals:
            return self.literals[name]
        return Ref(f"{self._address(name)}.{self.reference[name]}")

    def _address(self, name: str) -> str:
        if name not in self.addresses:
            raise SetupError(f"emit: {name} is named in a template and is not there")
        return self.addresses[name]

    def _literal(self, name: str) -> str:
        if name not in self.literals:
            raise SetupError(f"emit: ${{{name}}} in a template has no value")
        return self.literals[name]
