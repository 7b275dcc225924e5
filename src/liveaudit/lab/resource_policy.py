"""Whether a resource's own policy document lets somebody do something. Pure.

The queue policies and bus policies that the delivery engine asks, and no more of IAM than those contain: Principal,
Action, Resource, and the condition operators in use there. An operator or a document that is not understood never
allows. Source: IAM User Guide, "Policy evaluation logic" (an explicit Deny wins) and "Condition operators".
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_ACCOUNT_ROOT = re.compile(r"arn:aws[a-z-]*:iam::(?P<account>\*|\d{12}):root")


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for what. ``service`` for a service principal, else ``account`` and perhaps the role's ``arn``."""

    action: str
    resource: str
    service: str = ""
    account: str = ""
    arn: str = ""
    context: Mapping[str, str] = field(default_factory=dict)


def allows(document: str | Mapping[str, Any] | None, request: Request) -> bool:
    """Whether ``document`` allows ``request``: some statement allows it and none denies it."""
    statements = _statements(document)
    applying = [statement for statement in statements if _applies(statement, request)]
    effects = {statement.get("Effect") for statement in applying}
    return "Allow" in effects and "Deny" not in effects


@functools.lru_cache(maxsize=1024)
def _parsed(document: str) -> Any:
    try:
        return json.loads(document)
    except ValueError:
        return None


def _statements(document: str | Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    if isinstance(document, str):
        document = _parsed(document)
    if not isinstance(document, Mapping):
        return []
    return [one for one in as_list(document.get("Statement")) if isinstance(one, Mapping)]


def _applies(statement: Mapping[str, Any], request: Request) -> bool:
    return (
        _is_principal(statement.get("Principal"), request)
        and _matches_any(statement.get("Action"), request.action.lower(), str.lower)
        and _matches_any(statement.get("Resource", "*"), request.resource, str)
        and all(
            _holds(operator, key, values, request)
            for operator, keys in (statement.get("Condition") or {}).items()
            for key, values in keys.items()
        )
    )


def _is_principal(principal: Any, request: Request) -> bool:
    if principal == "*":
        return True
    if not isinstance(principal, Mapping):
        return False
    if request.service:
        return request.service in as_list(principal.get("Service")) or "*" in as_list(principal.get("AWS"))
    for name in as_list(principal.get("AWS")):
        if name in ("*", request.account) or (request.arn and name == request.arn):
            return True
        root = _ACCOUNT_ROOT.fullmatch(str(name))
        if root and root["account"] in ("*", request.account):
            return True
    return False


def _matches_any(patterns: Any, text: str, prepare: Callable[[str], str]) -> bool:
    return any(like(prepare(str(pattern)), text) for pattern in as_list(patterns))


def like(pattern: str, text: str) -> bool:
    """IAM's wildcards: ``*`` any characters, ``?`` one."""
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


def _same(wanted: str, actual: str) -> bool:
    return wanted == actual


def _same_ignoring_case(wanted: str, actual: str) -> bool:
    return wanted.lower() == actual.lower()


_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "stringequals": _same,
    "stringequalsignorecase": _same_ignoring_case,
    "stringlike": like,
    "arnequals": like,
    "arnlike": like,
    "bool": _same_ignoring_case,
}


def _holds(operator: str, key: str, values: Any, request: Request) -> bool:
    name = operator.lower().rpartition(":")[2]
    optional = name.endswith("ifexists")
    name = name.removesuffix("ifexists")
    actual = {one.lower(): value for one, value in request.context.items()}.get(key.lower())
    if name == "null":
        return any(str(value).lower() == str(actual is None).lower() for value in as_list(values))
    negative = name.startswith(("stringnot", "arnnot"))
    compare = _OPERATORS.get(name.replace("not", "", 1) if negative else name)
    if compare is None:
        return False
    if actual is None:
        return optional or negative
    matched = any(compare(str(value), actual) for value in as_list(values))
    return matched != negative


def as_list(value: Any) -> list[Any]:
    """IAM writes one value where a list may stand."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
