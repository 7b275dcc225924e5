"""What a policy document is made of, and what the judge answers with. Everything is frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any


class MalformedDocument(ValueError):  # noqa: N818 - the name callers read
    """The document cannot be understood, so nothing can be said of it. ``reason`` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PrincipalKind(StrEnum):
    """What a principal of a statement stands for."""

    ANYONE = "anyone"
    ACCOUNT = "account"
    IDENTITY = "identity"
    SERVICE = "service"
    FEDERATED = "federated"
    CANONICAL = "canonical user"
    GONE = "deleted"
    """A unique id (AIDA..., AROA...) is left when the principal was deleted. It matches nobody."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Principal:
    """One principal. ``account`` is empty where it is not known from the text."""

    kind: PrincipalKind
    value: str
    account: str = ""
    odd: str = ""
    """Why AWS would not take this principal as it is written, if so."""


@dataclass(frozen=True, slots=True)
class Operator:
    """A condition operator taken apart: ``ForAnyValue:StringNotLikeIfExists``."""

    base: str
    """The positive operator, lower case: ``stringlike``. The unknown ones as they are."""
    negated: bool = False
    if_exists: bool = False
    quantifier: str = ""
    known: bool = True

    @property
    def holds_when_missing(self) -> bool:
        """Whether the condition is true for a request without the key."""
        if self.if_exists or self.quantifier == "forallvalues":
            return True
        return self.negated and self.quantifier != "foranyvalue"


_POSITIVE = frozenset(
    [
        "stringequals",
        "stringequalsignorecase",
        "stringlike",
        "numericequals",
        "numericlessthan",
        "numericlessthanequals",
        "numericgreaterthan",
        "numericgreaterthanequals",
        "dateequals",
        "datelessthan",
        "datelessthanequals",
        "dategreaterthan",
        "dategreaterthanequals",
        "bool",
        "binaryequals",
        "ipaddress",
        "arnequals",
        "arnlike",
        "null",
    ]
)
_NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
    "notipaddress": "ipaddress",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
}


@lru_cache(maxsize=1024)
def operator_of(text: str) -> Operator:
    """Take an operator's name apart ("IAM JSON policy elements: Condition operators")."""
    name = text.lower()
    quantifier = ""
    for candidate in ("foranyvalue", "forallvalues"):
        if name.startswith(candidate + ":"):
            quantifier, name = candidate, name[len(candidate) + 1 :]
    if_exists = name.endswith("ifexists") and name != "ifexists"
    if if_exists:
        name = name[: -len("ifexists")]
    if name in _NEGATED:
        return Operator(_NEGATED[name], True, if_exists, quantifier)
    known = name in _POSITIVE and not (name == "null" and (if_exists or quantifier))
    return Operator(name, False, if_exists, quantifier, known)


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one key. Values are texts: JSON's true is ``true``, 5 is ``5``."""

    operator: str
    key: str
    values: tuple[str, ...]
    op: Operator
    name: str
    """The key in lower case: keys are case-insensitive."""

    def __str__(self) -> str:
        shown = ", ".join(self.values[:5]) + (", ..." if len(self.values) > 5 else "")
        return f"{self.operator} {self.key} {shown}"

    def same_as(self, other: Condition) -> bool:
        """Whether both say the same, order of values aside."""
        return (
            self.op == other.op
            and self.name == other.name
            and (self.values == other.values or frozenset(self.values) == frozenset(other.values))
        )


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. ``principals`` is None where the element is missing (identity policies)."""

    index: int
    sid: str
    allow: bool
    principals: tuple[Principal, ...] | None
    not_principal: bool
    actions: tuple[str, ...]
    """As written."""
    action_patterns: tuple[str, ...]
    """The same in lower case."""
    not_action: bool
    resources: tuple[str, ...]
    """ARNs with missing fields are completed by ``*``. A statement without resources has ``*``."""
    not_resource: bool
    conditions: tuple[Condition, ...]
    variables: bool
    """Whether ``${...}`` is a variable (Version 2012-10-17)."""


@dataclass(frozen=True, slots=True)
class Document:
    """A policy document."""

    statements: tuple[Statement, ...]
    version: str = "2008-10-17"
    id: str = ""
    allows: tuple[Statement, ...] = field(init=False, compare=False, repr=False)
    denies: tuple[Statement, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "allows", tuple(s for s in self.statements if s.allow))
        object.__setattr__(self, "denies", tuple(s for s in self.statements if not s.allow))


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """Something in a statement that the judge cannot be sure of, and why. It was never taken as a restriction."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Grant:
    """Evidence: what a statement lets happen. Only the principals, actions and resources in question are named."""

    statement: int
    """Position in the document, from 0."""
    sid: str
    principals: tuple[str, ...]
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    """Those that hold the statement but do not narrow it in the sense of the question."""
    not_principal: bool = False
    not_action: bool = False
    not_resource: bool = False
    uncertain: tuple[Uncertainty, ...] = ()

    @property
    def conditional(self) -> bool:
        """Whether conditions, though not narrowing ones, stand on the statement."""
        return bool(self.conditions)

    def evidence(self) -> dict[str, Any]:
        """JSON-able, short: long lists are cut at 20 with the count."""
        found: dict[str, Any] = {"statement": self.statement}
        if self.sid:
            found["sid"] = self.sid
        for name, negated, values in (
            ("principal", self.not_principal, self.principals),
            ("action", self.not_action, self.actions),
            ("resource", self.not_resource, self.resources),
        ):
            if values:
                found[f"not_{name}" if negated else name] = _cut(values)
        if self.conditions:
            found["conditions"] = _cut(tuple(str(condition) for condition in self.conditions))
        if self.uncertain:
            found["uncertain"] = _cut(tuple(f"{item.what}: {item.why}" for item in self.uncertain))
        return found


def _cut(values: tuple[str, ...]) -> list[str]:
    shown = [value if len(value) <= 300 else value[:297] + "..." for value in values[:20]]
    return [*shown, f"... {len(values) - 20} more"] if len(values) > 20 else shown
