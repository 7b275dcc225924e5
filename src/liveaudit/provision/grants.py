"""Who may put events on the receiver's buses: one statement a publisher, or one for the organization. Pure.

Only statements under our own ids are ever put or removed. Sources: EventBridge User Guide, "Permissions for event
buses"; EventBridge quotas (10,240 characters of a bus policy); API reference of PutPermission.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from liveaudit.provision import names
from liveaudit.provision.installation import Organization, SetupError
from liveaudit.provision.render.text import compact

POLICY_LIMIT = 10_240
_ACTION = "events:PutEvents"
_OURS = re.compile(rf"{names.GRANT_PREFIX}(?:\d{{12}}|organization)")


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """One of our statements: an account, or everybody (``*``) of an organization, may put events."""

    id: str
    principal: str
    organization: str = ""

    @property
    def params(self) -> dict[str, Any]:
        """What PutPermission takes, but for the bus's name."""
        made: dict[str, Any] = {"Action": _ACTION, "Principal": self.principal, "StatementId": self.id}
        if self.organization:
            made["Condition"] = {
                "Type": "StringEquals",
                "Key": "aws:PrincipalOrgID",
                "Value": self.organization,
            }
        return made

    def statement(self, bus: str) -> dict[str, Any]:
        """How the policy of the bus with this ARN says it."""
        partition = bus.split(":")[1]
        principal: Any = "*"
        if self.principal != "*":
            principal = {"AWS": f"arn:{partition}:iam::{self.principal}:root"}
        made: dict[str, Any] = {
            "Sid": self.id,
            "Effect": "Allow",
            "Principal": principal,
            "Action": _ACTION,
            "Resource": bus,
        }
        if self.organization:
            made["Condition"] = {"StringEquals": {"aws:PrincipalOrgID": self.organization}}
        return made


@dataclass(frozen=True, slots=True)
class Bus:
    """The policy of the receiver's default bus in one region: every statement, ours and others'."""

    arn: str
    statements: tuple[Mapping[str, Any], ...] = ()

    @property
    def ours(self) -> tuple[str, ...]:
        """The ids of the statements that are ours by their name, in order."""
        return tuple(sid for each in self.statements if _OURS.fullmatch(sid := _sid(each)))


@dataclass(frozen=True, slots=True)
class GrantChange:
    """What is to be done on one bus, in this order: ``room`` is removed, ``put`` is put, ``remove`` is removed."""

    put: tuple[Grant, ...] = ()
    remove: tuple[str, ...] = ()
    room: tuple[str, ...] = ()
    """Of ours, what has to go first because the policy would be too long with old and new in it."""

    @property
    def empty(self) -> bool:
        """Whether the bus is as it should be."""
        return not (self.put or self.remove or self.room)


def parse_bus(arn: str, policy: str | None) -> Bus:
    """A bus from what DescribeEventBus tells. Raises SetupError for a policy that is no policy."""
    if not policy:
        return Bus(arn)
    try:
        given = json.loads(policy)
        statements = given["Statement"]
    except (ValueError, KeyError, TypeError) as error:
        raise SetupError(
            f"the policy of {arn} cannot be understood ({error}): look at it with "
            f"aws events describe-event-bus --region {arn.split(':')[3]}"
        ) from error
    statements = statements if isinstance(statements, list) else [statements]
    return Bus(arn, tuple(each for each in statements if isinstance(each, Mapping)))


def wanted_grants(
    bus: Bus, publishers: Sequence[str], organization: Organization | None, *, everybody: bool = False
) -> tuple[Grant, ...]:
    """The statements that should be ours on this bus. ``everybody``: the organization, however few publishers.

    One for each publisher as long as they fit beside others' statements (with room for the organization's, so that
    the change to it never lacks it), then one for the organization. Raises SetupError when neither fits.
    """
    if not publishers:
        return ()
    named = tuple(Grant(names.grant_id(each), each) for each in sorted(publishers))
    whole = None if organization is None else Grant(names.ORGANIZATION_GRANT, "*", organization.id)
    reserve = () if whole is None else (whole,)
    if not (everybody and whole) and _length(bus, (*named, *reserve)) <= POLICY_LIMIT:
        return named
    region = bus.arn.split(":")[3]
    if whole is None:
        raise SetupError(
            f"the policy of the receiver's bus in {region} cannot take {len(named)} publishers: it would have "
            f"{_length(bus, named)} characters, EventBridge takes {POLICY_LIMIT}: name the AWS organization in the "
            f"settings (one statement for all), deliver directly, or remove other statements from the bus"
        )
    if _length(bus, reserve) > POLICY_LIMIT:
        raise SetupError(
            f"the policy of the receiver's bus in {region} is full of others' statements: even one more would make "
            f"it longer than {POLICY_LIMIT} characters: remove some of them"
        )
    return reserve


def change_of(bus: Bus, wanted: Sequence[Grant]) -> GrantChange:
    """From how the bus is to how it should be: what is new is put before what is old is removed."""
    standing = {_sid(each): each for each in bus.statements}
    put = tuple(each for each in wanted if not _says(standing.get(each.id), each, bus.arn))
    kept = {each.id for each in wanted}
    remove = [sid for sid in bus.ours if sid not in kept]
    room: list[str] = []
    while remove and _length(_without(bus, room), put, keep_ours=True) > POLICY_LIMIT:
        room.append(remove.pop())
    return GrantChange(put, tuple(remove), tuple(room))


def _without(bus: Bus, sids: Sequence[str]) -> Bus:
    return Bus(bus.arn, tuple(each for each in bus.statements if _sid(each) not in sids))


def _length(bus: Bus, grants: Sequence[Grant], *, keep_ours: bool = False) -> int:
    """Characters of the policy with these grants and others' statements (and our old ones, where they are kept)."""
    new = {each.id for each in grants}
    kept = [
        each
        for each in bus.statements
        if _sid(each) not in new and (keep_ours or not _OURS.fullmatch(_sid(each)))
    ]
    statements = [*kept, *(each.statement(bus.arn) for each in grants)]
    return len(compact({"Version": "2012-10-17", "Statement": statements}))


def _sid(statement: Mapping[str, Any]) -> str:
    sid = statement.get("Sid", "")
    return sid if isinstance(sid, str) else ""


def _says(statement: Mapping[str, Any] | None, grant: Grant, bus: str) -> bool:
    """Whether a statement says what the grant says, in any of the spellings that AWS gives back."""
    if statement is None:
        return False
    return _plain(statement) == _plain(grant.statement(bus))


def _plain(statement: Mapping[str, Any]) -> dict[str, Any]:
    made = {key: _single(value) for key, value in statement.items() if value not in (None, {}, [])}
    principal = made.get("Principal")
    if isinstance(principal, Mapping) and set(principal) == {"AWS"}:
        principal = _single(principal["AWS"])
    if isinstance(principal, str) and principal.startswith("arn:") and principal.endswith(":root"):
        principal = principal.split(":")[4]
    made["Principal"] = principal
    if isinstance(condition := made.get("Condition"), Mapping):
        made["Condition"] = {
            test: {key.lower(): _single(value) for key, value in keys.items()}
            for test, keys in condition.items()
            if isinstance(keys, Mapping)
        }
    return made


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value
