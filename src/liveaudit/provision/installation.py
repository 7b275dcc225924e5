"""What is to be there: the declaration of the settings with everything that had to be looked up. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from liveaudit.model import LiveauditError, home_region, partition_of
from liveaudit.provision import names
from liveaudit.settings.shape_of_channels import ChannelSettings


class SetupError(LiveauditError):
    """A step of the set-up cannot be done; the text says where, why, and what to do next."""


class Delivery(StrEnum):
    """How a publisher's events reach the receiver's queue of the same region."""

    BUS = "bus"
    """Publisher's rule, receiver's default bus, receiver's rule, queue: the original's way."""
    DIRECT = "direct"
    """Publisher's rule, queue (EventBridge User Guide, "Sending events to an AWS service in another account")."""


class Rollout(StrEnum):
    """Who may put stacks into the accounts (CloudFormation User Guide, "StackSets permission models")."""

    SELF_MANAGED = "self-managed"
    SERVICE_MANAGED = "service-managed"


class RoleMaker(StrEnum):
    """Who makes the forwarding role: the account's owner beside the other documents, or the publisher's stack."""

    OWNER = "owner"
    STACK_SET = "stack-set"


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the installation. ``regions``: those watched in it, sorted."""

    id: str
    name: str = ""
    regions: tuple[str, ...] = ()
    publishes: bool = True
    audit_role: str = names.AUDIT_ROLE
    """The name of the audit role, without path."""
    audit_role_arn: str = ""
    """The ARN to assume where it is not simply that name in that account; empty: made from the name."""
    external_id: str = ""
    ambient: bool = False
    """No role is assumed: the ambient credentials are this account's."""


@dataclass(frozen=True, slots=True)
class Organization:
    """The AWS organization, as far as it is known. ``targets``: root or organizational units that are rolled out to."""

    id: str
    """Empty before it is looked up."""
    management_account: str = ""
    targets: tuple[str, ...] = ()
    excluded_accounts: tuple[str, ...] = ()
    by_delegated_administrator: bool = False
    """The receiver is not the management account: service-managed calls carry ``CallAs=DELEGATED_ADMIN``."""


@dataclass(frozen=True, slots=True)
class Installation:
    """One receiver and its publishers. The receiver is always among ``accounts``; ``services`` empty: all."""

    receiver: str
    accounts: tuple[Account, ...]
    delivery: Delivery = Delivery.BUS
    rollout: Rollout = Rollout.SELF_MANAGED
    forwarding_role: RoleMaker = RoleMaker.OWNER
    organization: Organization | None = None
    services: tuple[str, ...] = ()
    runner: str = ""
    """The ARN of the principal that runs liveaudit; empty: any of the receiver's that is allowed to assume roles."""
    queue: str = names.QUEUE
    fix_role: str = ""
    """The name of the role, in every account, that runs fixes; empty: fixes are not run from here."""
    channels: tuple[ChannelSettings, ...] = ()
    """Where findings are told, as far as permissions and checks have to do with it."""
    undetermined: tuple[str, ...] = ()
    """Accounts whose regions are not known for now and stand as none.

    While there is one, what it has is left as it is, and no region of the receiver's is taken down.
    """

    @property
    def receiving_account(self) -> Account:
        """The receiver with what is known of it."""
        return self.account(self.receiver)

    def account(self, account_id: str) -> Account:
        """The account of this id. Raises SetupError when it is none of this installation's."""
        for each in self.accounts:
            if each.id == account_id:
                return each
        raise SetupError(f"{account_id} is none of this installation's accounts: add it to the settings")

    @property
    def account_ids(self) -> frozenset[str]:
        """The ids of all accounts."""
        return frozenset(each.id for each in self.accounts)

    @property
    def publishers(self) -> tuple[Account, ...]:
        """The accounts whose changes are watched, the receiver among them when it publishes too."""
        return tuple(each for each in self.accounts if each.publishes)

    @property
    def other_publishers(self) -> tuple[Account, ...]:
        """The publishers that need a rule of their own and a grant: all but the receiver."""
        return tuple(each for each in self.publishers if each.id != self.receiver)

    @property
    def grants_organization(self) -> bool:
        """Whether the whole organization is let in, however few its publishers: accounts come by themselves."""
        return self.rollout is Rollout.SERVICE_MANAGED

    @property
    def stacks_make_forwarding_role(self) -> bool:
        """Whether the publishers' stacks make it: as declared, or because nobody could in accounts not known yet."""
        return self.forwarding_role is RoleMaker.STACK_SET or self.rollout is Rollout.SERVICE_MANAGED

    @property
    def regions(self) -> tuple[str, ...]:
        """Every region that is watched in some publisher, sorted: where the receiver has a queue."""
        return tuple(sorted({region for each in self.publishers for region in each.regions}))

    @property
    def partition(self) -> str:
        """The partition of the regions."""
        return next((partition_of(region) for each in self.accounts for region in each.regions), "aws")

    @property
    def home(self) -> str:
        """The region in which stack sets are run and global services are called."""
        return home_region(self.partition)

    def targets(self) -> Iterator[tuple[str, str]]:
        """Every (account, region) in which a publisher is watched, in order."""
        for each in self.publishers:
            for region in each.regions:
                yield each.id, region

    def role_to_assume(self, account_id: str) -> str:
        """The ARN of the role with which ``account_id`` is entered; empty: none, the ambient credentials are its own."""
        account = self.account(account_id)
        if account.ambient:
            return ""
        return account.audit_role_arn or names.role_arn(self.partition, account.id, account.audit_role)
