"""CloudFormation's functions within templates: what they refer to, and what they come to. Pure.

Source: CloudFormation User Guide, "Intrinsic function reference".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from liveaudit.model import LiveauditError

_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")
_LITERAL = re.compile(r"\$\{!([^}]*)\}")
NO_VALUE = object()
"""What ``AWS::NoValue`` comes to: the property is left out."""


class TemplateError(LiveauditError):
    """What CloudFormation would refuse as a ``ValidationError``; the text is its message."""


@dataclass(slots=True)
class Scope:
    """What names stand for while a stack is made.

    ``values``: parameters, pseudo parameters, and what ``Ref`` of the resources made so far gives.
    ``attributes``: what ``Fn::GetAtt`` gives, by logical id. ``conditions``: the template's, unresolved.
    """

    values: dict[str, Any]
    attributes: dict[str, Mapping[str, str]] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)

    def resolve(self, value: Any) -> Any:
        """``value`` with every function replaced by what it comes to. Raises TemplateError."""
        if isinstance(value, Mapping):
            if len(value) == 1:
                ((name, argument),) = value.items()
                if function := FUNCTIONS.get(name):
                    try:
                        return function(self, argument)
                    except (IndexError, TypeError, ValueError) as error:
                        raise TemplateError(f"Template error: {name} is not well-formed: {error}") from None
            resolved = {key: self.resolve(inner) for key, inner in value.items()}
            return {key: inner for key, inner in resolved.items() if inner is not NO_VALUE}
        if isinstance(value, list):
            return [one for one in (self.resolve(inner) for inner in value) if one is not NO_VALUE]
        return value

    def holds(self, condition: str) -> bool:
        """Whether the template's condition of this name holds. Raises TemplateError for an unknown one."""
        if condition not in self.conditions:
            raise TemplateError(f"Template format error: Unresolved condition dependency {condition}")
        return bool(self.resolve(self.conditions[condition]))

    def value_of(self, name: str) -> Any:
        """What ``Ref`` gives. Raises TemplateError."""
        if name == "AWS::NoValue":
            return NO_VALUE
        if name not in self.values:
            raise TemplateError(f"Template format error: Unresolved resource dependencies [{name}]")
        return self.values[name]

    def attribute_of(self, name: str, attribute: str) -> str:
        """What ``Fn::GetAtt`` gives. Raises TemplateError."""
        found = self.attributes.get(name, {}).get(attribute)
        if found is None:
            raise TemplateError(
                f"Template error: resource {name} does not support attribute type {attribute} in Fn::GetAtt"
            )
        return found


def references(value: Any) -> Iterator[str]:
    """The names that ``value`` refers to: parameters, pseudo parameters and logical ids."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "Ref" and len(value) == 1 and isinstance(inner, str):
                yield inner
            elif key == "Fn::GetAtt":
                yield _parts(inner)[0]
            elif key == "Fn::Sub":
                yield from _substituted(inner)
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def _substituted(argument: Any) -> Iterator[str]:
    text, own = argument if isinstance(argument, list) else (argument, {})
    yield from references(own)
    for found in _VARIABLE.findall(str(text)):
        if found not in own:
            yield found.partition(".")[0]


def _parts(argument: Any) -> tuple[str, str]:
    if isinstance(argument, str):
        name, _, attribute = argument.partition(".")
        return name, attribute
    if isinstance(argument, list) and len(argument) == 2:
        return str(argument[0]), str(argument[1])
    raise TemplateError("Template error: every Fn::GetAtt object requires two non-empty parameters")


def _ref(scope: Scope, argument: Any) -> Any:
    return scope.value_of(str(argument))


def _get_att(scope: Scope, argument: Any) -> Any:
    return scope.attribute_of(*_parts(argument))


def _sub(scope: Scope, argument: Any) -> str:
    text, own = argument if isinstance(argument, list) else (argument, {})
    given = {name: scope.resolve(value) for name, value in own.items()}

    def put(found: re.Match[str]) -> str:
        name = found[1].strip()
        if name in given:
            return str(given[name])
        owner, dot, attribute = name.partition(".")
        return str(scope.attribute_of(owner, attribute) if dot else scope.value_of(name))

    return _LITERAL.sub(r"${\1}", _VARIABLE.sub(put, str(text)))


def _join(scope: Scope, argument: Any) -> str:
    delimiter, parts = argument
    return str(delimiter).join(str(one) for one in scope.resolve(parts))


def _if(scope: Scope, argument: Any) -> Any:
    condition, positive, negative = argument
    return scope.resolve(positive if scope.holds(str(condition)) else negative)


def _equals(scope: Scope, argument: Any) -> bool:
    first, second = (scope.resolve(one) for one in argument)
    return bool(first == second)


def _and(scope: Scope, argument: Any) -> bool:
    return all(bool(scope.resolve(one)) for one in argument)


def _or(scope: Scope, argument: Any) -> bool:
    return any(bool(scope.resolve(one)) for one in argument)


def _not(scope: Scope, argument: Any) -> bool:
    return not scope.resolve(argument[0])


def _condition(scope: Scope, argument: Any) -> Any:
    if isinstance(argument, str):
        return scope.holds(argument)
    return {"Condition": scope.resolve(argument)}  # the Condition element of a policy document


def _select(scope: Scope, argument: Any) -> Any:
    index, values = argument
    return scope.resolve(values)[int(index)]


def _split(scope: Scope, argument: Any) -> list[str]:
    delimiter, text = argument
    return str(scope.resolve(text)).split(str(delimiter))


FUNCTIONS = {
    "Condition": _condition,
    "Fn::And": _and,
    "Fn::Equals": _equals,
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::Join": _join,
    "Fn::Not": _not,
    "Fn::Or": _or,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
    "Ref": _ref,
}
"""By the name in the template: what a function comes to in a scope."""
