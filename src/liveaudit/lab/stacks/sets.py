"""A stack set, its instances and its operations: what CloudFormation knows of them.

Source: CloudFormation API Reference, "StackSet", "StackInstance", "StackSetOperation", "StackSetOperationResultSummary".
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from liveaudit.lab.stacks.rollout import Rollout, Target
from liveaudit.lab.stacks.stack import Stack, now
from liveaudit.lab.stacks.template import Template

ADMINISTRATION_ROLE = "AWSCloudFormationStackSetAdministrationRole"
EXECUTION_ROLE = "AWSCloudFormationStackSetExecutionRole"
SELF_MANAGED = "SELF_MANAGED"
SERVICE_MANAGED = "SERVICE_MANAGED"
TOLERANCE_EXCEEDED = "Cancelled since failure tolerance has exceeded"
STOPPED_BY_USER = "Cancelled since the operation was stopped"


@dataclass(slots=True)
class Instance:
    """A stack set's stack in one account and region, or the attempt to make one."""

    account: str
    region: str
    unit: str = ""
    """The organizational unit or root for which it is there."""
    overrides: dict[str, str] = field(default_factory=dict)
    stack: Stack | None = None
    status: str = "OUTDATED"
    detailed: str = "PENDING"
    reason: str = ""
    last_operation: str = ""

    def mark(self, detailed: str, status: str, reason: str = "") -> None:
        """Note how far it is."""
        self.detailed, self.status, self.reason = detailed, status, reason


@dataclass(slots=True)
class Result:
    """What an operation did in one account and region."""

    account: str
    region: str
    unit: str = ""
    status: str = "PENDING"
    reason: str = ""


@dataclass(slots=True)
class Operation:
    """Something that is done to the instances of a stack set."""

    id: str
    action: str
    """CREATE, UPDATE or DELETE."""
    results: dict[Target, Result]
    rollout: Rollout
    preferences: Mapping[str, Any] = field(default_factory=dict)
    retain_stacks: bool = False
    administration_role: str = ""
    execution_role: str = ""
    status: str = "QUEUED"
    reason: str = ""
    created: dt.datetime = field(default_factory=now)
    ended: dt.datetime | None = None

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.ended is not None

    @property
    def failed_instances(self) -> int:
        """In how many targets it failed."""
        return sum(result.status == "FAILED" for result in self.results.values())


@dataclass(slots=True)
class StackSet:
    """A stack set. ``owner``: the administrator or management account in which it is."""

    owner: str
    region: str
    name: str
    template: Template
    parameters: dict[str, str]
    description: str = ""
    capabilities: Sequence[str] = ()
    tags: Sequence[Mapping[str, str]] = ()
    permission_model: str = SELF_MANAGED
    administration_role: str = ""
    """Its ARN; empty for service-managed permissions."""
    execution_role: str = ""
    """Its name; empty for service-managed permissions."""
    auto_deployment: Mapping[str, Any] = field(default_factory=dict)
    managed_execution: bool = False
    status: str = "ACTIVE"
    instances: dict[Target, Instance] = field(default_factory=dict)
    operations: dict[str, Operation] = field(default_factory=dict)
    """The oldest first."""
    covered: dict[str, list[str]] = field(default_factory=dict)
    """By organizational unit or root: the regions in which accounts that join it get their stacks."""
    seen: dict[str, set[str]] = field(default_factory=dict)
    """By the same units: the accounts that were in it when it was last looked at."""
    unique: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def id(self) -> str:
        """Name and something unique."""
        return f"{self.name}:{self.unique}"

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:aws:cloudformation:{self.region}:{self.owner}:stackset/{self.id}"

    @property
    def is_service_managed(self) -> bool:
        """Whether AWS makes the roles."""
        return self.permission_model == SERVICE_MANAGED

    @property
    def under_way(self) -> list[Operation]:
        """The operations that have not ended, the oldest first."""
        return [one for one in self.operations.values() if not one.is_over]

    def selected(self, accounts: Iterable[str], regions: Iterable[str]) -> list[Target]:
        """Every account in every region, account by account within a region."""
        numbers = list(dict.fromkeys(accounts))
        return [(account, region) for region in dict.fromkeys(regions) for account in numbers]
