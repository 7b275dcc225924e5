"""AWS Organizations in the lab: moto keeps the organisation, the lab's own accounts join it with their own numbers.

Only the management account and delegated administrators may look around in it, as on AWS (Organizations User Guide,
"Terminology and concepts"; API Reference: "can be called only from the management account or ... delegated
administrator").
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from liveaudit.lab import internals, management
from liveaudit.lab.errors import Refusal
from liveaudit.model import LiveauditError

STACK_SETS = "member.org.stacksets.cloudformation.amazonaws.com"
"""The service that an organisation trusts so that its stack sets need no roles, and that accounts are delegated for."""
MEMBERSHIP = frozenset({"CloseAccount", "CreateAccount", "MoveAccount", "RemoveAccountFromOrganization"})
"""The calls after which an account may be somewhere else."""
_PAGE = 20
_ACCESS_ROLE = "OrganizationAccountAccessRole"
_next_number = threading.local()


class OrganizationError(LiveauditError):
    """An organisation that cannot be made like this."""


@dataclass(frozen=True, slots=True)
class Organization:
    """An organisation. ``backend`` is moto's, of the management account."""

    backend: Any

    @property
    def id(self) -> str:
        """``o-...``."""
        return str(self.backend.org.id)

    @property
    def management_account(self) -> str:
        """Its number."""
        return str(self.backend.org.master_account_id)

    @property
    def root(self) -> str:
        """The root's id, ``r-...``."""
        return str(self.backend.org.root_id)

    @property
    def units(self) -> set[str]:
        """The ids of the root and of all organizational units."""
        return {str(unit.id) for unit in self.backend.ou}

    @property
    def members(self) -> list[str]:
        """Every account, the management account first."""
        return [str(one.id) for one in self.backend.accounts]

    def accounts(self, unit: str) -> list[str]:
        """The active accounts in a unit or the root and everything below it, the management account among them."""
        below = {unit}
        while more := {one.id for one in self.backend.ou if one.parent_id in below} - below:
            below |= more
        return [
            str(one.id) for one in self.backend.accounts if one.parent_id in below and one.status == "ACTIVE"
        ]

    def trusts(self, service: str) -> bool:
        """Whether trusted access is enabled for a service."""
        return any(one["ServicePrincipal"] == service for one in self.backend.services)

    def delegates(self, account: str, service: str = "") -> bool:
        """Whether ``account`` is a delegated administrator, of this service or of any."""
        return any(
            admin.account.id == account and (not service or service in admin.services)
            for admin in self.backend.admins
        )

    def unit(self, path: str) -> str:
        """The id of the unit at ``path`` (names with ``/`` between; empty: the root), made if it is not there."""
        parent = self.root
        for name in filter(None, path.split("/")):
            found = [one for one in self.backend.ou if one.parent_id == parent and one.name == name]
            if found:
                parent = str(found[0].id)
            else:
                made = self.backend.create_organizational_unit(ParentId=parent, Name=name)
                parent = str(made["OrganizationalUnit"]["Id"])
        return parent

    def join(self, account: str, unit: str) -> None:
        """Let an account in, or move it, under the unit of this id. Raises OrganizationError."""
        elsewhere = organization_of(account)
        if elsewhere is not None and elsewhere.id != self.id:
            raise OrganizationError(
                f"{account} is in another organisation, {elsewhere.id}: it has to leave it"
            )
        if elsewhere is None:
            with _numbered(account):
                self.backend.create_account(AccountName=f"lab-{account}", Email=f"{account}@lab.example")
            self.backend.get_account_by_id(account).joined_method = "INVITED"
        self.backend.get_account_by_id(account).parent_id = unit

    def leave(self, account: str) -> None:
        """Let an account go. Raises OrganizationError for one that is not in it, and for the management account."""
        if account not in self.members or account == self.management_account:
            raise OrganizationError(f"{account} cannot leave the organisation {self.id}")
        self.backend.remove_account_from_organization(AccountId=account)


def organization_of(account: str) -> Organization | None:
    """The organisation that ``account`` is in, None when it is in none."""
    backends = internals.module("organizations.models").organizations_backends
    for _, _, backend in list(backends.iter_backends()):
        if backend.org is not None and any(member.id == account for member in backend.accounts):
            return Organization(backend)
    return None


def found(account: str, units: Mapping[str, Sequence[str]]) -> Organization:
    """An organisation with ``account`` as its management account, and other accounts in ``units`` (by path).

    Raises OrganizationError. One that is there already is added to.
    """
    backend = internals.module("organizations.models").organizations_backends[account]["aws"]
    if backend.org is None:
        if organization_of(account) is not None:
            raise OrganizationError(f"{account} is a member of an organisation: it cannot manage another")
        backend.create_organization(region="us-east-1", FeatureSet="ALL")
    organization = Organization(backend)
    for path, accounts in units.items():
        unit = organization.unit(path)
        for each in accounts:
            organization.join(each, unit)
    return organization


def asked_of(account: str, operation: str) -> tuple[str, Refusal | None]:
    """Whose organisation a call of Organizations by ``account`` is about, and why it is refused.

    Returns the account as which moto is to be asked.
    """
    organization = organization_of(account)
    if organization is None:
        if operation == "CreateOrganization":
            return account, None
        text = "Your account is not a member of an organization."
        return account, Refusal("AWSOrganizationsNotInUseException", text, 400)
    owner = organization.management_account
    if account == owner or operation == "DescribeOrganization":
        return owner, None
    if organization.delegates(account) and management.is_read("organizations", operation):
        return owner, None
    text = "You don't have permissions to access this resource."
    return account, Refusal("AccessDeniedException", text, 400)


def install(patches: internals.Patches) -> None:
    """Mend moto's Organizations: chosen numbers, AWS's page size, stack sets among what can be delegated."""
    models = internals.module("organizations.models")
    delegable = [*models.FakeDelegatedAdministrator.SUPPORTED_SERVICES, STACK_SETS]
    patches.replace("organizations.models:FakeDelegatedAdministrator.SUPPORTED_SERVICES", delegable)
    patches.wrap("organizations.utils:make_random_account_id", _number)
    patches.wrap("organizations.models:OrganizationsBackend.create_organization", _founded)
    for listing in ("list_accounts", "list_accounts_for_parent", "list_organizational_units_for_parent"):
        patches.wrap(f"organizations.models:OrganizationsBackend.{listing}", _paged)


def _number(original: Callable[[], str]) -> str:
    return getattr(_next_number, "value", None) or original()


def _founded(original: Callable[..., dict[str, Any]], backend: Any, **kwargs: Any) -> dict[str, Any]:
    with _numbered(backend.account_id):
        return original(backend, **kwargs)


def _paged(original: Callable[..., Any], backend: Any, *args: Any, **kwargs: Any) -> Any:
    kwargs["max_results"] = min(int(kwargs.get("max_results") or _PAGE), _PAGE)
    return original(backend, *args, **kwargs)


@contextlib.contextmanager
def _numbered(account: str) -> Iterator[None]:
    """moto makes the next account with this number, and without the role that only a created account gets."""
    roles = internals.module("iam.models").iam_backends[account]["aws"].roles
    before: Iterable[str] = set(roles)
    _next_number.value = account
    try:
        yield
    finally:
        _next_number.value = None
        for role_id in [
            one for one, role in roles.items() if role.name == _ACCESS_ROLE and one not in before
        ]:
            del roles[role_id]
