"""A call as the gate sees it, and what the gate asks of the accounts to find out what a call is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from liveaudit.lab.permissions.patterns import Context
from liveaudit.model import partition_of


class Organization(NamedTuple):
    """An AWS organization."""

    id: str
    management_account: str


class Places(Protocol):
    """What there is in the accounts, by name."""

    def iam_arn(self, account: str, kind: str, name: str) -> str:
        """The ARN, with its path, of the ``user``, ``role``, ``group`` ... of this name; without path if there is none."""

    def key_owner(self, account: str, access_key_id: str) -> str:
        """The name of the user whose key this is, empty when there is none."""

    def stack_arn(self, account: str, region: str, name: str) -> str:
        """The ARN of the stack of this name or id; its id is ``*`` when there is none."""

    def stack_set_id(self, account: str, region: str, name: str) -> str:
        """``name:uuid`` of a stack set; the uuid is ``*`` when there is none."""

    def stack_set_template(self, account: str, region: str, name: str) -> str:
        """The text of a stack set's template, empty when there is none."""

    def organization(self, account: str) -> Organization | None:
        """The organization that ``account`` is in."""


@dataclass(frozen=True, slots=True)
class Facts:
    """A call. ``service`` and ``operation`` are botocore's names, ``params`` is named as botocore names it.

    ``principal_arn``: who calls (the user, or the role of the session). ``path``: of the address, for API Gateway.
    """

    service: str
    operation: str
    region: str
    account: str
    principal_arn: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    path: str = "/"

    @property
    def partition(self) -> str:
        """The partition of the region."""
        return partition_of(self.region)

    def text(self, *names: str) -> str:
        """The first of these parameters that is given as text, else empty."""
        for name in names:
            value = self.params.get(name)
            if isinstance(value, str) and value:
                return value
        return ""

    def arn(self, service: str, rest: str, *, account: str | None = None, region: str | None = None) -> str:
        """An ARN in the call's partition, account and region."""
        where = self.region if region is None else region
        whose = self.account if account is None else account
        return f"arn:{self.partition}:{service}:{where}:{whose}:{rest}"


class Need(NamedTuple):
    """What a call needs: an action on a resource (see ``evaluation.Request``), with keys only this need has."""

    action: str
    resource: str | None
    context: Context = MappingProxyType({})
