"""From JSON, as any AWS API returns it, to a Document.

Strict, because a judge that overlooks what it does not know would call a document harmless: an element that is no
part of the grammar, both of a pair (Action and NotAction), an empty list, a value of a wrong type are refused.
Source: IAM User Guide, "Grammar of the IAM JSON policy language" and "IAM JSON policy element reference".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NoReturn
from urllib.parse import unquote

from liveaudit.policies.documents.model import (
    Condition,
    Document,
    MalformedDocument,
    Principal,
    Statement,
    operator_of,
)
from liveaudit.policies.documents.principals import principal_of

MAX_CHARACTERS: Final = 262_144
"""The longest documents AWS takes are OpenSearch's access policies (100 KB), the longest of AWS's own managed policies
has 150,000 characters; a longer text is none."""

MAX_VALUES: Final = 8_000
"""Principals, actions, resources and condition values together. Keeps the cost of a judgement bounded."""

_TOP = frozenset({"Version", "Id", "Statement"})
_ELEMENTS = frozenset(
    [
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    ]
)
_PRINCIPAL_TYPES = frozenset({"AWS", "Service", "Federated", "CanonicalUser"})
_VERSIONS = ("2008-10-17", "2012-10-17")
_ARN_FIELDS = 6


class _Budget:
    __slots__ = ("characters", "values")

    def __init__(self) -> None:
        self.characters = MAX_CHARACTERS
        self.values = MAX_VALUES

    def spend(self, text: str) -> None:
        self.values -= 1
        self.characters -= len(text)
        if self.characters < 0:
            raise MalformedDocument(
                f"longer than {MAX_CHARACTERS} characters, which no AWS policy document is"
            )
        if self.values < 0:
            raise MalformedDocument(f"more than {MAX_VALUES} values, too many to judge")


def parse(document: str | bytes | bytearray | Mapping[str, Any]) -> Document:
    """Read a policy document.

    Takes JSON text, UTF-8 bytes of it, its URL-encoded form (IAM's raw answers), or the mapping that boto3 makes
    of it. Raises MalformedDocument, and nothing else, for whatever is no policy document; its ``reason`` is
    one sentence without the document's own text beyond short names.
    """
    if isinstance(document, bytes | bytearray):
        document = _decode(document)
    raw: object = _load(document) if isinstance(document, str) else document
    if not isinstance(raw, Mapping):
        raise MalformedDocument(f"a policy document is a JSON object, not {_kind(raw)}")
    _known(raw, _TOP, "policy document")
    budget = _Budget()
    version = raw.get("Version", _VERSIONS[0])
    if version not in _VERSIONS:
        raise MalformedDocument("Version is neither 2012-10-17 nor 2008-10-17")
    identifier = raw.get("Id", "")
    if identifier is None:
        identifier = ""
    statements = raw.get("Statement")
    if isinstance(statements, Mapping):
        statements = (statements,)
    if not isinstance(statements, list | tuple):
        raise MalformedDocument(
            "there is no Statement" if statements is None else f"Statement is {_kind(statements)}"
        )
    variables = version == _VERSIONS[1]
    return Document(
        statements=tuple(
            _statement(index, statement, variables, budget) for index, statement in enumerate(statements)
        ),
        version=version,
        id=_text(identifier, "Id", budget),
    )


def _decode(document: bytes | bytearray) -> str:
    if len(document) > 4 * MAX_CHARACTERS:
        raise MalformedDocument(f"longer than {MAX_CHARACTERS} characters, which no AWS policy document is")
    try:
        return document.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise MalformedDocument("not UTF-8") from None


def _load(text: str) -> object:
    if len(text) > 4 * MAX_CHARACTERS:
        raise MalformedDocument(f"longer than {MAX_CHARACTERS} characters, which no AWS policy document is")
    if text[:3].upper() == "%7B" or text.lstrip()[:3].upper() == "%7B":
        text = unquote(text)
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except MalformedDocument:
        raise
    except RecursionError:
        raise MalformedDocument("nested too deeply") from None
    except ValueError:
        raise MalformedDocument("not JSON") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedDocument("an element stands twice in one object, so its value is not certain")
    return found


def _constant(name: str) -> NoReturn:
    raise MalformedDocument(f"{name} is not JSON")


def _kind(value: object) -> str:
    names = {
        str: "a text",
        bool: "a boolean",
        type(None): "null",
        list: "a list",
        tuple: "a list",
        dict: "an object",
    }
    return names.get(type(value), "a number" if isinstance(value, int | float) else "something else")


def _known(mapping: Mapping[Any, Any], names: frozenset[str], what: str) -> None:
    for key in mapping:
        if key not in names:
            shown = key[:40] if isinstance(key, str) else _kind(key)
            raise MalformedDocument(f"{shown!r} is no element of a {what}")


def _text(value: object, what: str, budget: _Budget) -> str:
    """A text as JSON's strings, numbers and booleans give it."""
    if isinstance(value, str):
        text = str(value)
        if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
            raise MalformedDocument(f"{what} holds half a surrogate pair")
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, int):
        if value.bit_length() > 256:
            raise MalformedDocument(f"{what} is a number without measure")
        text = str(value)
    elif isinstance(value, float):
        text = repr(value)
    else:
        raise MalformedDocument(f"{what} is {_kind(value)}")
    budget.spend(text)
    return text


def _texts(value: object, what: str, budget: _Budget, *, scalars: bool = False) -> tuple[str, ...]:
    """One text or a list of them. ``scalars``: numbers and booleans are texts as well."""
    values = value if isinstance(value, list | tuple) else (value,)
    if not values and not scalars:
        raise MalformedDocument(f"{what} is an empty list")
    found = []
    for item in values:
        if not scalars and not isinstance(item, str):
            raise MalformedDocument(f"{what} is {_kind(item)}")
        text = _text(item, what, budget)
        if not text and not scalars:
            raise MalformedDocument(f"{what} is empty")
        found.append(text)
    return tuple(found)


def _either(
    statement: Mapping[str, Any], name: str, budget: _Budget, *, default: tuple[str, ...] | None = None
) -> tuple[tuple[str, ...], bool]:
    """The values of an element or of its Not form, and which of the two it was."""
    negated = "Not" + name
    if name in statement and negated in statement:
        raise MalformedDocument(f"a statement has both {name} and {negated}")
    if negated in statement:
        return _texts(statement[negated], negated, budget), True
    if name in statement:
        return _texts(statement[name], name, budget), False
    if default is None:
        raise MalformedDocument(f"a statement has neither {name} nor {negated}")
    return default, False


def _statement(index: int, statement: object, variables: bool, budget: _Budget) -> Statement:
    if not isinstance(statement, Mapping):
        raise MalformedDocument(f"a statement is {_kind(statement)}")
    _known(statement, _ELEMENTS, "statement")
    effect = statement.get("Effect")
    if not isinstance(effect, str) or effect not in ("Allow", "Deny"):
        raise MalformedDocument("Effect is neither Allow nor Deny")
    sid = statement.get("Sid")
    principals, not_principal = _principals(statement, budget)
    actions, not_action = _either(statement, "Action", budget)
    # Trust policies and some resource policies (ECR) have no Resource: they mean what they are attached to.
    resources, not_resource = _either(statement, "Resource", budget, default=("*",))
    return Statement(
        index=index,
        sid="" if sid is None else _text(sid, "Sid", budget),
        allow=effect == "Allow",
        principals=principals,
        not_principal=not_principal,
        actions=actions,
        action_patterns=tuple(action.lower() for action in actions),
        not_action=not_action,
        resources=tuple(_whole_arn(resource) for resource in resources),
        not_resource=not_resource,
        conditions=_conditions(statement.get("Condition", {}), budget),
        variables=variables,
    )


def _whole_arn(resource: str) -> str:
    """AWS completes an ARN with fewer than six fields by wildcards."""
    if resource.startswith("arn:"):
        missing = _ARN_FIELDS - 1 - resource.count(":")
        if missing > 0:
            return resource + ":*" * missing
    return resource


def _principals(statement: Mapping[str, Any], budget: _Budget) -> tuple[tuple[Principal, ...] | None, bool]:
    if "Principal" in statement and "NotPrincipal" in statement:
        raise MalformedDocument("a statement has both Principal and NotPrincipal")
    negated = "NotPrincipal" in statement
    name = "NotPrincipal" if negated else "Principal"
    if name not in statement:
        return None, False
    value = statement[name]
    if isinstance(value, str):
        if value != "*":
            raise MalformedDocument(f"{name} is a text other than *")
        return (principal_of("*", "*"),), negated
    if not isinstance(value, Mapping):
        raise MalformedDocument(f"{name} is {_kind(value)}")
    if not value:
        raise MalformedDocument(f"{name} is empty")
    _known(value, _PRINCIPAL_TYPES, "principal")
    return (
        tuple(
            principal_of(element, text)
            for element in sorted(value)
            for text in _texts(value[element], f"{name} {element}", budget)
        ),
        negated,
    )


def _conditions(block: object, budget: _Budget) -> tuple[Condition, ...]:
    if not isinstance(block, Mapping):
        raise MalformedDocument(f"Condition is {_kind(block)}")
    found = []
    for written, keys in block.items():
        operator = _name(written, "a condition operator", budget)
        if not isinstance(keys, Mapping):
            raise MalformedDocument(f"what stands under a condition operator is {_kind(keys)}")
        op = operator_of(operator)
        for name, value in keys.items():
            key = _name(name, "a condition key", budget)
            values = _texts(value, "a condition value", budget, scalars=True)
            found.append(Condition(operator, key, values, op, key.lower()))
    return tuple(found)


def _name(value: object, what: str, budget: _Budget) -> str:
    if not isinstance(value, str) or not value:
        raise MalformedDocument(f"{what} is {_kind(value) if value != '' else 'empty'}")
    return _text(value, what, budget)
