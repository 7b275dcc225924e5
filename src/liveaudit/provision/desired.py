"""What should stand in AWS for an installation: stack sets with their targets, plain stacks, grants. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from liveaudit.catalog.catalog import Catalog
from liveaudit.policies.policy import PolicyRegistry
from liveaudit.provision import names
from liveaudit.provision.documents.as_cloudformation import template
from liveaudit.provision.documents.assemble import member_documents
from liveaudit.provision.installation import (
    Account,
    Delivery,
    Installation,
    Organization,
    Rollout,
    SetupError,
)
from liveaudit.provision.patterns import Rule, make_rules
from liveaudit.provision.templates import (
    checked_template,
    owned_by,
    publisher_template,
    receiver_template,
)

Target = tuple[str, str]
"""An account and a region."""
NAMED_IAM = "CAPABILITY_NAMED_IAM"


@dataclass(frozen=True, slots=True, order=True)
class SetKey:
    """Which stack set: its name, and for whom the calls are made (``DELEGATED_ADMIN``, or empty for SELF)."""

    name: str
    call_as: str = ""

    @property
    def params(self) -> dict[str, str]:
        """What every call on the stack set carries."""
        return {"StackSetName": self.name, **({"CallAs": self.call_as} if self.call_as else {})}


@dataclass(frozen=True, slots=True)
class StackSet:
    """A stack set as it should be. ``units``: for service-managed ones, the root or organizational units.

    ``excluded``: region to the accounts of the units that get no stack there.
    """

    key: SetKey
    what: str
    template: Mapping[str, Any]
    targets: frozenset[Target]
    administration_role: str = ""
    capabilities: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    excluded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def service_managed(self) -> bool:
        """Whether CloudFormation brings the roles, and new accounts, by itself."""
        return bool(self.units)


@dataclass(frozen=True, slots=True)
class Stack:
    """A plain stack as it should be, in the one account that a service-managed stack set leaves out."""

    account: str
    region: str
    name: str
    template: Mapping[str, Any]
    capabilities: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Desired:
    """Everything that should stand. ``publishers``: region to the accounts that may put events on its bus.

    ``undetermined``: accounts whose regions are not known for now. What they have is left as it is.
    """

    installation: Installation
    rules: tuple[Rule, ...] = ()
    stack_sets: tuple[StackSet, ...] = ()
    stacks: tuple[Stack, ...] = ()
    publishers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    undetermined: tuple[str, ...] = ()

    def stack_set(self, key: SetKey) -> StackSet | None:
        """The stack set of this key, None when it should not be there."""
        return next((each for each in self.stack_sets if each.key == key), None)


def desired(
    installation: Installation,
    catalog: Catalog,
    policies: PolicyRegistry,
    standing: Mapping[int, Sequence[str]] | None = None,
) -> Desired:
    """What should stand. ``standing``: the rules that there are (see ``make_rules``). Raises SetupError."""
    if not installation.regions:
        raise SetupError("regions: no region is watched in any account: name some in the settings")
    rules = make_rules(catalog, installation.services, standing)
    sets = [_receiver(installation, rules)]
    organization = service_organization(installation)
    if organization is not None:
        sets.append(_roles(installation, organization, catalog, policies))
    if installation.other_publishers:
        sets.append(_publishers(installation, rules))
    return Desired(
        installation=installation,
        rules=rules,
        stack_sets=tuple(sets),
        stacks=_stacks(installation, rules),
        publishers=_granted(installation),
        undetermined=installation.undetermined,
    )


def nothing(installation: Installation) -> Desired:
    """What should stand once all is taken down."""
    return Desired(installation)


def service_organization(installation: Installation) -> Organization | None:
    """The organization of a service-managed rollout, None for another. Raises SetupError when it is not known."""
    if installation.rollout is not Rollout.SERVICE_MANAGED:
        return None
    organization = installation.organization
    if organization is None or not organization.id or not organization.targets:
        raise SetupError(
            "rollout: service-managed needs the AWS organization with its root or organizational units: name the "
            "organization in the settings, or choose self-managed"
        )
    return organization


def set_keys(installation: Installation) -> tuple[SetKey, ...]:
    """Every stack set that could be ours: what is looked at, whether it should be there or not."""
    keys = [
        SetKey(names.RECEIVER_STACK_SET),
        SetKey(names.ROLES_STACK_SET),
        SetKey(names.PUBLISHER_STACK_SET),
    ]
    if installation.organization is not None and installation.organization.by_delegated_administrator:
        keys += [
            SetKey(each, "DELEGATED_ADMIN") for each in (names.ROLES_STACK_SET, names.PUBLISHER_STACK_SET)
        ]
    return tuple(keys)


def management_account(installation: Installation) -> Account | None:
    """The publisher that a service-managed rollout leaves out: the organization's management account."""
    organization = installation.organization
    if installation.rollout is not Rollout.SERVICE_MANAGED or organization is None:
        return None
    found = [each for each in installation.other_publishers if each.id == organization.management_account]
    return found[0] if found else None


def _receiver(installation: Installation, rules: Sequence[Rule]) -> StackSet:
    return StackSet(
        key=SetKey(names.RECEIVER_STACK_SET),
        what="the receiver's queue and rule",
        template=receiver_template(installation, rules),
        targets=frozenset((installation.receiver, region) for region in installation.regions),
        administration_role=_administration(installation),
    )


def _publishers(installation: Installation, rules: Sequence[Rule]) -> StackSet:
    organization = service_organization(installation)
    template = publisher_template(installation, rules, bounded=organization is None)
    capabilities = (NAMED_IAM,) if installation.stacks_make_forwarding_role else ()
    what = "the publishers' rule"
    if organization is None:
        return StackSet(
            key=SetKey(names.PUBLISHER_STACK_SET),
            what=what,
            template=template,
            targets=frozenset(
                (each.id, region) for each in installation.other_publishers for region in each.regions
            ),
            administration_role=_administration(installation),
            capabilities=capabilities,
        )
    members = [each for each in installation.other_publishers if each.id != organization.management_account]
    return StackSet(
        key=_service_key(names.PUBLISHER_STACK_SET, organization),
        what=what,
        template=template,
        targets=frozenset((each.id, region) for each in members for region in each.regions),
        capabilities=capabilities,
        units=organization.targets,
        excluded={region: _excluded(installation, organization, region) for region in installation.regions},
    )


def _roles(
    installation: Installation, organization: Organization, catalog: Catalog, policies: PolicyRegistry
) -> StackSet:
    """The audit roles of the organization's members, in the home region: IAM knows no other."""
    made = template(
        member_documents(installation, catalog, policies), metadata=owned_by(installation, "roles")
    )
    home = installation.home
    members = [
        each
        for each in installation.accounts
        if each.id not in (installation.receiver, organization.management_account)
    ]
    out = {installation.receiver, *organization.excluded_accounts}
    return StackSet(
        key=_service_key(names.ROLES_STACK_SET, organization),
        what="the accounts' audit role",
        template=checked_template(made.body(), "roles"),
        targets=frozenset((each.id, home) for each in members),
        capabilities=(NAMED_IAM,),
        units=organization.targets,
        excluded={home: tuple(sorted(out))},
    )


def _stacks(installation: Installation, rules: Sequence[Rule]) -> tuple[Stack, ...]:
    account = management_account(installation)
    if account is None:
        return ()
    template = publisher_template(installation, rules)
    return tuple(
        Stack(account.id, region, names.MANAGEMENT_STACK, template, (NAMED_IAM,))
        for region in account.regions
    )


def _granted(installation: Installation) -> dict[str, tuple[str, ...]]:
    if installation.delivery is Delivery.DIRECT:
        return {}
    return {
        region: tuple(each.id for each in installation.other_publishers if region in each.regions)
        for region in installation.regions
    }


def _excluded(installation: Installation, organization: Organization, region: str) -> tuple[str, ...]:
    """The accounts of the units that get no stack in a region: the receiver has a rule of its own there."""
    out = {installation.receiver, *organization.excluded_accounts}
    out |= {each.id for each in installation.accounts if not each.publishes or region not in each.regions}
    return tuple(sorted(out))


def _service_key(name: str, organization: Organization) -> SetKey:
    return SetKey(name, "DELEGATED_ADMIN" if organization.by_delegated_administrator else "")


def _administration(installation: Installation) -> str:
    return names.role_arn(installation.partition, installation.receiver, names.ADMINISTRATION_ROLE)
