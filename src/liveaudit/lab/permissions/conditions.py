"""The Condition element of a statement: what is asked of the request's context. Pure.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Multivalued context keys".
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any

from liveaudit.lab.permissions import keys
from liveaudit.lab.permissions.patterns import Context, UnresolvedError, arn_like, fill_in, like


class UnclearError(Exception):
    """A part of a document that is not understood: it never allows anything."""


class Quantity(Enum):
    """How many of the request's values must match."""

    ONE = ""
    ANY = "foranyvalue"
    ALL = "forallvalues"


Comparison = Callable[[str, str, Context], bool]
"""(the document's value, the request's value, context): whether they match."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One key that one operator asks about. ``compare`` None: the Null operator. ``unclear``: what is not understood."""

    key: str
    values: tuple[str, ...]
    compare: Comparison | None
    negative: bool = False
    optional: bool = False
    quantity: Quantity = Quantity.ONE
    unclear: str = ""


def as_list(value: Any) -> list[Any]:
    """IAM writes one value where a list may stand."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def parse(block: Any) -> tuple[Condition, ...]:
    """The conditions of a Condition element. Raises UnclearError when it is none at all."""
    if block is None:
        return ()
    if not isinstance(block, Mapping):
        raise UnclearError("Condition is no object")
    found: list[Condition] = []
    for operator, tests in block.items():
        if not isinstance(tests, Mapping):
            raise UnclearError(f"{operator} is no object")
        for key, values in tests.items():
            try:
                found.append(_condition(operator, key, values))
            except UnclearError as error:
                found.append(Condition(key.lower(), (), None, unclear=str(error)))
    return tuple(found)


def _condition(operator: str, key: str, values: Any) -> Condition:
    prefix, _, name = operator.lower().rpartition(":")
    try:
        quantity = Quantity(prefix)
    except ValueError:
        raise UnclearError(f"the operator {operator} is not known") from None
    optional = name.endswith("ifexists")
    name = name.removesuffix("ifexists")
    texts = tuple(_text(value) for value in as_list(values))
    if name == "null":
        if optional or quantity is not Quantity.ONE:
            raise UnclearError(f"the operator {operator} is not known")
        return Condition(key.lower(), texts, None)
    if name not in _OPERATORS:
        raise UnclearError(f"the operator {operator} is not known")
    compare, negative = _OPERATORS[name]
    return Condition(key.lower(), texts, compare, negative, optional, quantity)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, int, float)):
        return str(value)
    raise UnclearError("a condition's value is neither text nor number")


def holds(condition: Condition, context: Context) -> bool:
    """Whether the request fulfils ``condition``. Raises UnclearError, also for a key that the gate does not know."""
    if condition.unclear:
        raise UnclearError(condition.unclear)
    actual = context.get(condition.key)
    if actual is None and not keys.is_known(condition.key):
        raise UnclearError(f"the key {condition.key} is not known")
    if condition.compare is None:
        return str(actual is None).lower() in condition.values
    if actual is None:
        return (
            condition.optional
            or condition.quantity is Quantity.ALL
            or (condition.negative and condition.quantity is Quantity.ONE)
        )
    if condition.quantity is Quantity.ONE:
        if not isinstance(actual, str):
            raise UnclearError(f"{condition.key} has several values, and no set operator")
        return _matches(condition, condition.compare, actual, context)
    each = (actual,) if isinstance(actual, str) else actual
    results = [_matches(condition, condition.compare, one, context) for one in each]
    return any(results) if condition.quantity is Quantity.ANY else all(results)


def _matches(condition: Condition, compare: Comparison, actual: str, context: Context) -> bool:
    return (
        any(_compared(compare, wanted, actual, context) for wanted in condition.values) != condition.negative
    )


def _compared(compare: Comparison, wanted: str, actual: str, context: Context) -> bool:
    try:
        return compare(wanted, actual, context)
    except UnresolvedError:
        return False


def _equal(wanted: str, actual: str, context: Context) -> bool:
    return fill_in(wanted, context) == actual


def _equal_ignoring_case(wanted: str, actual: str, context: Context) -> bool:
    return fill_in(wanted, context).casefold() == actual.casefold()


def _like(wanted: str, actual: str, context: Context) -> bool:
    return like(wanted, actual, context)


def _arn_like(wanted: str, actual: str, context: Context) -> bool:
    return arn_like(wanted, actual, context)


def _bool(wanted: str, actual: str, _context: Context) -> bool:
    return wanted.lower() == actual.lower()


def _binary(wanted: str, actual: str, _context: Context) -> bool:
    try:
        return base64.b64decode(wanted, validate=True) == base64.b64decode(actual, validate=True)
    except binascii.Error:
        raise UnclearError(f"{wanted} is not base64") from None


def _address(wanted: str, actual: str, _context: Context) -> bool:
    try:
        network = ipaddress.ip_network(wanted, strict=False)
        address = ipaddress.ip_address(actual)
    except ValueError:
        raise UnclearError(f"{wanted} or {actual} is no address") from None
    return address.version == network.version and address in network


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise UnclearError(f"{text} is no number") from None


def _date(text: str) -> Decimal:
    """Seconds since 1970, of an ISO 8601 date or of the seconds themselves."""
    try:
        return Decimal(text)
    except InvalidOperation:
        pass
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise UnclearError(f"{text} is no date") from None
    return Decimal((moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp())


def _ordered(read: Callable[[str], Decimal], compare: Callable[[Decimal, Decimal], bool]) -> Comparison:
    return lambda wanted, actual, _context: compare(read(actual), read(wanted))


_OPERATORS: dict[str, tuple[Comparison, bool]] = {
    "stringequals": (_equal, False),
    "stringnotequals": (_equal, True),
    "stringequalsignorecase": (_equal_ignoring_case, False),
    "stringnotequalsignorecase": (_equal_ignoring_case, True),
    "stringlike": (_like, False),
    "stringnotlike": (_like, True),
    "arnequals": (_arn_like, False),
    "arnlike": (_arn_like, False),
    "arnnotequals": (_arn_like, True),
    "arnnotlike": (_arn_like, True),
    "bool": (_bool, False),
    "binaryequals": (_binary, False),
    "ipaddress": (_address, False),
    "notipaddress": (_address, True),
}
for _name, _read in (("numeric", _number), ("date", _date)):
    _OPERATORS |= {
        f"{_name}equals": (_ordered(_read, lambda actual, wanted: actual == wanted), False),
        f"{_name}notequals": (_ordered(_read, lambda actual, wanted: actual == wanted), True),
        f"{_name}lessthan": (_ordered(_read, lambda actual, wanted: actual < wanted), False),
        f"{_name}lessthanequals": (_ordered(_read, lambda actual, wanted: actual <= wanted), False),
        f"{_name}greaterthan": (_ordered(_read, lambda actual, wanted: actual > wanted), False),
        f"{_name}greaterthanequals": (_ordered(_read, lambda actual, wanted: actual >= wanted), False),
    }
