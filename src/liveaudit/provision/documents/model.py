"""What the owner of an account makes: roles and managed policies, each with the reason why it is there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from liveaudit.provision import names
from liveaudit.provision.installation import SetupError

ANY_ACCOUNT = "${AWS::AccountId}"
"""An account that only CloudFormation knows."""
VERSION = "2012-10-17"
MANAGED_POLICY_LIMIT = 6_144
"""Characters of a managed policy, white space not counted. Source: IAM User Guide, "IAM and AWS STS quotas"."""
INLINE_LIMIT = 10_240
"""Characters of all inline policies of a role, white space not counted. Source: as above."""
TRUST_LIMIT = 2_048
"""Characters of a role's trust document, white space not counted. Source: as above; may be raised to 4,096."""
ATTACHED_LIMIT = 10
"""Managed policies attached to one role. Source: as above; may be raised to 20."""

Condition = Mapping[str, Mapping[str, str | tuple[str, ...]]]
"""Operator, then key, then the value or values."""


class DocumentTooLargeError(SetupError):
    """A document does not fit into AWS's limits; the text says which, and what makes it smaller."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One Allow of a permissions policy. ``sid`` is unique in its policy, ``why`` says what needs it.

    ``optional``: the audit goes on without it, and lacks only what ``why`` says.
    """

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    why: str
    condition: Condition = field(default_factory=dict)
    optional: bool = False

    @property
    def document(self) -> dict[str, Any]:
        """As IAM takes it."""
        return {
            "Sid": self.sid,
            "Effect": "Allow",
            "Action": sorted(self.actions, key=str.lower),
            "Resource": list(self.resources),
            **_condition(self.condition),
        }


@dataclass(frozen=True, slots=True)
class Trust:
    """One Allow of a role's trust. ``kind`` is ``AWS`` or ``Service``."""

    sid: str
    kind: str
    principals: tuple[str, ...]
    condition: Condition
    why: str

    @property
    def document(self) -> dict[str, Any]:
        """As IAM takes it."""
        principals = self.principals[0] if len(self.principals) == 1 else list(self.principals)
        return {
            "Sid": self.sid,
            "Effect": "Allow",
            "Principal": {self.kind: principals},
            "Action": "sts:AssumeRole",
            **_condition(self.condition),
        }


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """A permissions policy, managed or a role's own. ``why`` is its description too: ASCII, 1,000 characters at most."""

    name: str
    statements: tuple[Statement, ...]
    why: str

    @property
    def document(self) -> dict[str, Any]:
        """As IAM takes it."""
        return {"Version": VERSION, "Statement": [each.document for each in self.statements]}

    def actions(self) -> frozenset[str]:
        """Every action that it allows."""
        return frozenset(action for each in self.statements for action in each.actions)


@dataclass(frozen=True, slots=True)
class Role:
    """A role: whom it trusts, which managed policies (by name) are attached, what stands in itself."""

    name: str
    trusts: tuple[Trust, ...]
    why: str
    attached: tuple[str, ...] = ()
    inline: tuple[ManagedPolicy, ...] = ()
    path: str = "/"

    @property
    def trust(self) -> dict[str, Any]:
        """The trust document, as IAM takes it."""
        return {"Version": VERSION, "Statement": [each.document for each in self.trusts]}


@dataclass(frozen=True, slots=True)
class AccountDocuments:
    """Everything that the owner of one account makes there. ``steps``: what else the owner does, in order."""

    account: str
    name: str
    parts: tuple[str, ...]
    """What the account is: ``receiver``, ``publisher``, ``management account``, ``runner``."""
    policies: tuple[ManagedPolicy, ...]
    roles: tuple[Role, ...]
    steps: tuple[str, ...] = ()

    def policy(self, name: str) -> ManagedPolicy:
        """The managed policy of that name. Raises KeyError."""
        return {each.name: each for each in self.policies}[name]

    def role(self, name: str) -> Role:
        """The role of that name. Raises KeyError."""
        return {each.name: each for each in self.roles}[name]

    def allowed(self, role_name: str) -> frozenset[str]:
        """Every action that a role may do, by its attached and its inline policies."""
        role = self.role(role_name)
        held = [*(self.policy(each) for each in role.attached), *role.inline]
        return frozenset(action for each in held for action in each.actions())


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of a whole installation, the receiver's first."""

    partition: str
    home: str
    accounts: tuple[AccountDocuments, ...]

    def account(self, account_id: str) -> AccountDocuments:
        """The documents of one account. Raises SetupError when it has none."""
        for each in self.accounts:
            if each.account == account_id:
                return each
        raise SetupError(
            f"{account_id}: nothing is to be made there by hand; accounts with documents: "
            + ", ".join(each.account for each in self.accounts)
        )


def size(document: Mapping[str, Any]) -> int:
    """Characters of a document as IAM counts them: white space outside texts is not."""
    return len(json.dumps(document, separators=(",", ":"), ensure_ascii=False))


def checked(documents: AccountDocuments) -> AccountDocuments:
    """The documents, if they keep to AWS's limits. Raises DocumentTooLargeError."""
    where = documents.account
    for policy in documents.policies:
        _hold(where, f"policy {policy.name}", size(policy.document), MANAGED_POLICY_LIMIT, "characters")
    for role in documents.roles:
        inline = sum(size(each.document) for each in role.inline)
        _hold(where, f"inline policies of role {role.name}", inline, INLINE_LIMIT, "characters")
        _hold(where, f"trust of role {role.name}", size(role.trust), TRUST_LIMIT, "characters")
        _hold(where, f"role {role.name}", len(role.attached), ATTACHED_LIMIT, "attached policies")
    return documents


def _hold(account: str, what: str, found: int, limit: int, unit: str) -> None:
    if found > limit:
        raise DocumentTooLargeError(
            f"{account}: {what} has {found:,} {unit}, AWS allows {limit:,}: watch fewer services (services), "
            "or take several installations"
        )


def _condition(condition: Condition) -> dict[str, Any]:
    if not condition:
        return {}
    return {
        "Condition": {
            operator: {key: list(value) if isinstance(value, tuple) else value for key, value in keys.items()}
            for operator, keys in condition.items()
        }
    }


def arns(partition: str, service: str, region: str, account: str, ends: Iterable[str]) -> tuple[str, ...]:
    """ARNs of one service, region (``*``: any) and account."""
    return tuple(f"arn:{partition}:{service}:{region}:{account}:{each}" for each in ends)


def root(partition: str, account: str) -> str:
    """The ARN by which a trust names a whole account."""
    return f"arn:{partition}:iam::{account}:root"


def execution_role(partition: str, account: str) -> str:
    """The ARN of the execution role of an account (``*``: any)."""
    return names.role_arn(partition, account, names.EXECUTION_ROLE)
