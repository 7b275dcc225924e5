"""The audit role of each account: whom it trusts, and the reads that the enabled policies need, cut to AWS's limits."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from liveaudit.provision import names
from liveaudit.provision.documents.model import (
    MANAGED_POLICY_LIMIT,
    DocumentTooLargeError,
    ManagedPolicy,
    Role,
    Statement,
    Trust,
    root,
    size,
)
from liveaudit.provision.installation import Account, Installation, SetupError

_PRINCIPAL = re.compile(r"arn:[a-z-]+:iam::(\d{12}):(root|role/.+|user/.+)")
_ROLE = re.compile(r"arn:[a-z-]+:iam::(\d{12}):role(/(?:[\x21-\x7e]+/)?)([\w+=,.@-]{1,64})")


def role_name(account: Account) -> tuple[str, str]:
    """Path and name of an account's audit role. Raises SetupError for an ARN that is no role of that account."""
    if not account.audit_role_arn:
        return "/", account.audit_role
    found = _ROLE.fullmatch(account.audit_role_arn)
    if found is None or found[1] != account.id:
        raise SetupError(
            f"{account.id}: {account.audit_role_arn!r} is no role of this account: "
            f"write role_arn as arn:aws:iam::{account.id}:role/NAME, or leave it out"
        )
    return found[2], found[3]


def role_arn(installation: Installation, account: Account) -> str:
    """The ARN of an account's audit role."""
    path, name = role_name(account)
    return f"arn:{installation.partition}:iam::{account.id}:role{path}{name}"


def runner_account(installation: Installation) -> str:
    """The account in which liveaudit runs. Raises SetupError when the runner is no account, role or user."""
    if not installation.runner:
        return installation.receiver
    found = _PRINCIPAL.fullmatch(installation.runner)
    if found is None:
        raise SetupError(
            f"runner: {installation.runner!r} cannot be trusted: name a role or user by its ARN in IAM "
            "(arn:aws:iam::111111111111:role/NAME), not a session of it"
        )
    return found[1]


def audit_role(installation: Installation, account: Account, attached: Sequence[str]) -> Role:
    """The role with which liveaudit enters ``account``. Raises SetupError where a third party could stand in for it."""
    path, name = role_name(account)
    return Role(
        name,
        (runner_trust(installation, account),),
        "Reads what liveaudit audits.",
        attached=tuple(attached),
        path=path,
    )


def runner_trust(installation: Installation, account: Account) -> Trust:
    """The trust by which who runs liveaudit enters ``account``. Raises SetupError where a third party could stand in."""
    home = runner_account(installation)
    if not account.external_id and account.id != home:
        raise SetupError(
            f"{account.id}: external_id is missing: without it whoever may assume roles from {home} can be led "
            "to enter this account for somebody else; choose one (any text of 2 to 1,224 characters) in the settings"
        )
    condition: dict[str, dict[str, str | tuple[str, ...]]] = {}
    if account.external_id:
        condition["StringEquals"] = {"sts:ExternalId": account.external_id}
    named = installation.runner and not installation.runner.endswith(":root")
    if named:
        condition["ArnEquals"] = {"aws:PrincipalArn": installation.runner}
    return Trust(
        "Runner",
        "AWS",
        (root(installation.partition, home),),
        condition,
        "Who runs liveaudit, and nobody else there. Named by condition, so that it may be made later, or made anew."
        if named
        else "The account that runs liveaudit: there, who may assume roles is said by the runner's policy.",
    )


def read_policies(actions: Mapping[str, Sequence[str]]) -> tuple[ManagedPolicy, ...]:
    """The reads, by service, in as few managed policies as their size allows, services in order.

    A service is cut only where it does not fit into one policy. Raises DocumentTooLargeError for an action that
    fits into none.
    """
    packed: list[list[Statement]] = []
    for statement in (part for service, each in actions.items() for part in _parts(service, each)):
        if packed and size(_policy(1, [*packed[-1], statement]).document) <= MANAGED_POLICY_LIMIT:
            packed[-1].append(statement)
        else:
            packed.append([statement])
    return tuple(_policy(number, statements) for number, statements in enumerate(packed, 1))


def _parts(service: str, actions: Sequence[str]) -> list[Statement]:
    """The statements of one service: one, or as many as it takes to fit each into a policy of its own."""
    parts: list[list[str]] = [[]]
    for action in actions:
        if size(_policy(1, [_reads(service, 1, [*parts[-1], action])]).document) > MANAGED_POLICY_LIMIT:
            parts.append([])
        parts[-1].append(action)
        if size(_policy(1, [_reads(service, 1, parts[-1])]).document) > MANAGED_POLICY_LIMIT:
            raise DocumentTooLargeError(f"{service}: {action[:80]!r} is longer than a whole policy may be")
    return [_reads(service, number, each) for number, each in enumerate(parts, 1) if each]


def _reads(service: str, number: int, actions: Sequence[str]) -> Statement:
    sid = "Read" + "".join(part.capitalize() for part in re.findall(r"[a-z0-9]+", service))
    return Statement(
        sid if number == 1 else f"{sid}{number}",
        tuple(actions),
        ("*",),
        f"What the enabled policies read of {service}, whatever resources there are.",
    )


def _policy(number: int, statements: Sequence[Statement]) -> ManagedPolicy:
    return ManagedPolicy(
        f"{names.AUDIT_POLICY}-{number}",
        tuple(statements),
        "Reads of liveaudit's audit, made from the enabled policies.",
    )
