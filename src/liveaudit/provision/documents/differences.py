"""How our documents differ from the original's: computed, and each difference with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from liveaudit.provision import names
from liveaudit.provision.documents.model import AccountDocuments, Documents
from liveaudit.provision.documents.original import (
    OriginalDocuments,
    original_publisher,
    original_receiver,
)
from liveaudit.provision.documents.reasons import REASONS, Reason
from liveaudit.provision.installation import Installation


class Kind(StrEnum):
    """How something differs."""

    NEW = "new"
    """A role or policy that the original does not have."""
    MISSING = "missing"
    """A role or policy that only the original has."""
    ADDED = "added"
    """An action, or somebody who is trusted."""
    REMOVED = "removed"
    RESOURCE = "other resource"
    CONDITION = "condition"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. ``subject``: the action, or who is trusted; empty for a whole document."""

    account: str
    document: str
    kind: Kind
    subject: str
    before: str
    after: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a document says of one action, or of one principal."""

    resources: frozenset[str]
    condition: str


def differences(documents: Documents, installation: Installation) -> tuple[Difference, ...]:
    """Every difference, by account and document. Raises LookupError for one without a reason: a fault of ours."""
    return tuple(
        difference
        for each in documents.accounts
        for difference in _of_account(each, original_of(each, installation))
    )


def original_of(documents: AccountDocuments, installation: Installation) -> OriginalDocuments:
    """What the original has for an account with these documents: nothing for one that it does not know."""
    if documents.account == installation.receiver:
        return original_receiver(installation.receiver)
    if "publisher" in documents.parts:
        return original_publisher(documents.account, installation.receiver)
    return OriginalDocuments(documents.account, {}, ())


def reasons_for(document: str, kind: Kind, subject: str) -> tuple[Reason, ...]:
    """The reasons that fit a difference; there is to be exactly one."""
    return tuple(each for each in REASONS if each.fits(document, kind.value, subject))


def known_as(ours: AccountDocuments) -> dict[str, str]:
    """From the name of a role that the settings name to that of the policy for which it is there."""
    return {
        each.name: each.attached[0]
        for each in ours.roles
        if each.attached and each.attached[0] in _OF_SETTINGS
    }


def _of_account(ours: AccountDocuments, original: OriginalDocuments) -> Iterator[Difference]:
    named = known_as(ours)
    for document, kind, subject, before, after in _compared(ours, original):
        found = reasons_for(named.get(document, document), kind, subject)
        if len(found) != 1:
            raise LookupError(
                f"{document} {kind} {subject}: {len(found)} reasons in liveaudit.provision.documents.reasons"
            )
        yield Difference(ours.account, document, kind, subject, before, after, found[0].text)


_OF_SETTINGS = (names.FIX_POLICY, names.HUB_POLICY)
_Found = tuple[str, Kind, str, str, str]


def _compared(ours: AccountDocuments, original: OriginalDocuments) -> Iterator[_Found]:
    for policy in ours.policies:
        before = original.policies.get(policy.name)
        if before is None:
            yield policy.name, Kind.NEW, "", "", ""
        else:
            yield from _rules(policy.name, _actions(before), _actions(policy.document))
    there = {each.name: each for each in original.roles}
    for role in ours.roles:
        given = there.get(role.name)
        if given is None or given.trust is None:
            yield role.name, Kind.NEW, "", "", ""
        else:
            yield from _rules(role.name, _principals(given.trust), _principals(role.trust))
    made = {each.name for each in ours.policies} | {each.name for each in ours.roles}
    for name in (*original.policies, *there):
        if name not in made:
            yield name, Kind.MISSING, "", "", ""


def _rules(document: str, before: Mapping[str, _Rule], after: Mapping[str, _Rule]) -> Iterator[_Found]:
    for subject in sorted(before.keys() | after.keys(), key=str.lower):
        old, new = before.get(subject), after.get(subject)
        if old is None:
            yield document, Kind.ADDED, subject, "", ""
        elif new is None:
            yield document, Kind.REMOVED, subject, "", ""
        else:
            if old.resources != new.resources:
                yield document, Kind.RESOURCE, subject, _listed(old.resources), _listed(new.resources)
            if old.condition != new.condition:
                yield document, Kind.CONDITION, subject, old.condition, new.condition


def _listed(resources: frozenset[str]) -> str:
    return ", ".join(sorted(resources))


def _actions(document: Mapping[str, Any]) -> dict[str, _Rule]:
    return {
        action: _Rule(frozenset(_list(statement["Resource"])), _condition(statement))
        for statement in document["Statement"]
        for action in _list(statement["Action"])
    }


def _principals(trust: Mapping[str, Any]) -> dict[str, _Rule]:
    return {
        principal: _Rule(frozenset(), _condition(statement))
        for statement in trust["Statement"]
        for principals in statement["Principal"].values()
        for principal in _list(principals)
    }


def _condition(statement: Mapping[str, Any]) -> str:
    return "; ".join(
        f"{key} {operator} {', '.join(_list(value))}"
        for operator, keys in statement.get("Condition", {}).items()
        for key, value in keys.items()
    )


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
