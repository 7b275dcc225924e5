"""The set-up carried out: the receiver's stacks, grants on its buses, then the publishers' stacks."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import ClientError

from liveaudit.catalog.catalog import Catalog
from liveaudit.model import LiveauditError, home_region, partition_of
from liveaudit.provision import names
from liveaudit.provision.templates import publisher_template, receiver_template

_PREFERENCES = {
    "RegionConcurrencyType": "PARALLEL",
    "MaxConcurrentPercentage": 100,
    "FailureTolerancePercentage": 100,
    "ConcurrencyMode": "SOFT_FAILURE_TOLERANCE",
}
_DONE = {"SUCCEEDED"}
_FAILED = {"FAILED", "STOPPED"}


class SetupError(LiveauditError):
    """A step of the set-up failed; the text says where and why."""


class Clients(Protocol):
    """Gives boto3 clients with the rights of an account's owner."""

    def __call__(self, account: str, service: str, region: str) -> Any:
        """A client for ``service`` in that account and region."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """Who receives, who publishes, where."""

    receiver: str
    publishers: tuple[str, ...]
    regions: tuple[str, ...]

    @property
    def partition(self) -> str:
        """The partition of the regions."""
        return partition_of(self.regions[0])

    @property
    def home(self) -> str:
        """The region from which stack sets are run."""
        return home_region(self.partition)

    @property
    def accounts(self) -> tuple[str, ...]:
        """All accounts, the receiver first."""
        return (self.receiver, *(each for each in self.publishers if each != self.receiver))


@dataclass(slots=True)
class Setup:
    """Carries a declaration out. Every step may be repeated: what is there already is left or updated."""

    declaration: Declaration
    clients: Clients
    catalog: Catalog
    tell: Callable[[str], None] = lambda _line: None
    patience: float = 120.0

    def run(self) -> None:
        """All steps in order. Raises SetupError."""
        self.make_receiver()
        self.grant()
        self.make_publishers()

    def make_receiver(self) -> None:
        """Queue, dead-letter queue, queue policy and rule in every region of the receiver."""
        given = self.declaration
        self._stack_set(names.RECEIVER_STACK_SET, receiver_template(self.catalog), (given.receiver,))
        self.tell(f"{given.receiver}: queues and rules in {', '.join(given.regions)}")

    def grant(self) -> None:
        """Let every publisher put events on the receiver's buses. Before the publishers' rules, which need it."""
        given = self.declaration
        for region in given.regions:
            events = self.clients(given.receiver, "events", region)
            for publisher in given.publishers:
                if publisher != given.receiver:
                    events.put_permission(
                        EventBusName=names.BUS,
                        Action="events:PutEvents",
                        Principal=publisher,
                        StatementId=names.grant_id(publisher),
                    )
        self.tell(f"{given.receiver}: buses granted to {len(given.accounts) - 1} publishers")

    def make_publishers(self) -> None:
        """The forwarding rule in every region of every publisher but the receiver, whose own rule is enough."""
        given = self.declaration
        others = tuple(each for each in given.publishers if each != given.receiver)
        if others:
            self._stack_set(
                names.PUBLISHER_STACK_SET, publisher_template(self.catalog, given.receiver), others
            )
            self.tell(f"{', '.join(others)}: rules in {', '.join(given.regions)}")

    def _stack_set(self, name: str, template: Mapping[str, Any], accounts: Sequence[str]) -> None:
        given = self.declaration
        cloudformation = self.clients(given.receiver, "cloudformation", given.home)
        administration = names.role_arn(given.partition, given.receiver, names.ADMINISTRATION_ROLE)
        body = json.dumps(template)
        roles = {"AdministrationRoleARN": administration, "ExecutionRoleName": names.EXECUTION_ROLE}
        try:
            cloudformation.create_stack_set(StackSetName=name, TemplateBody=body, **roles)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("NameAlreadyExistsException", "ValidationError"):
                raise SetupError(f"stack set {name}: {error}") from error
            answer = cloudformation.update_stack_set(StackSetName=name, TemplateBody=body, **roles)
            self._wait(cloudformation, name, answer["OperationId"])
        present = {
            (each["Account"], each["Region"])
            for page in cloudformation.get_paginator("list_stack_instances").paginate(StackSetName=name)
            for each in page["Summaries"]
        }
        missing = [
            account for account in accounts if any((account, each) not in present for each in given.regions)
        ]
        if missing:
            answer = cloudformation.create_stack_instances(
                StackSetName=name,
                Accounts=missing,
                Regions=list(given.regions),
                OperationPreferences=_PREFERENCES,
            )
            self._wait(cloudformation, name, answer["OperationId"])

    def _wait(self, cloudformation: Any, name: str, operation: str) -> None:
        deadline = time.monotonic() + self.patience
        while True:
            answer = cloudformation.describe_stack_set_operation(StackSetName=name, OperationId=operation)
            status = answer["StackSetOperation"]["Status"]
            if status in _DONE:
                return
            if status in _FAILED or time.monotonic() > deadline:
                raise SetupError(
                    f"stack set {name}: {status}: {self._reasons(cloudformation, name, operation)}"
                )
            time.sleep(0.1 if status == "RUNNING" else 0.02)

    def _reasons(self, cloudformation: Any, name: str, operation: str) -> str:
        answer = cloudformation.list_stack_set_operation_results(StackSetName=name, OperationId=operation)
        return "; ".join(
            f"{each['Account']} {each['Region']} {each['Status']} {each.get('StatusReason', '')}".strip()
            for each in answer["Summaries"]
            if each["Status"] != "SUCCEEDED"
        )
