"""Where the parts are put together for the programs: worker, sweep, demo."""

from __future__ import annotations

import os
import socket
import time
import uuid
from dataclasses import dataclass

from liveaudit.audit.auditor import Auditor, Probe, Tuning
from liveaudit.aws.caller import AwsCaller, RoleToAssume
from liveaudit.catalog.catalog import Catalog
from liveaudit.intake.queues import SqsQueue
from liveaudit.model import home_region, partition_of
from liveaudit.policies.policy import Context, PolicyRegistry
from liveaudit.services import load
from liveaudit.settings import Settings
from liveaudit.store.database import Database
from liveaudit.worker import Worker


@dataclass(frozen=True, slots=True)
class Parts:
    """What one process works with."""

    database: Database
    catalog: Catalog
    policies: PolicyRegistry
    caller: AwsCaller
    auditor: Auditor


def owner_name() -> str:
    """A name for this process that no other bears: it stands on leases."""
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def caller_of(settings: Settings) -> AwsCaller:
    """The door to AWS with the roles of the settings."""
    roles = {each.id: RoleToAssume(each.role_arn, each.external_id) for each in settings.accounts}
    return AwsCaller(roles, home=home_region(partition_of(settings.regions[0])))


def make_parts(
    database: Database,
    caller: AwsCaller,
    context: Context,
    *,
    tuning: Tuning | None = None,
    probe: Probe = lambda _step: None,
) -> Parts:
    """An auditor on real time, real ids and all services."""
    catalog, policies = load()
    auditor = Auditor(
        database=database,
        catalog=catalog,
        policies=policies,
        caller=caller,
        context=context,
        clock=time.time,
        owner=owner_name(),
        tuning=tuning or Tuning(),
        probe=probe,
    )
    return Parts(database, catalog, policies, caller, auditor)


def context_of(settings: Settings) -> Context:
    """What policies may know: whose accounts are ours."""
    return Context(settings.account_ids, frozenset(settings.trusted_accounts))


def make_worker(
    settings: Settings, parts: Parts, *, wait: int = 20, probe: Probe = lambda _step: None
) -> Worker:
    """A worker on the queues of all regions. ``wait``: long poll in seconds."""
    queues = [
        SqsQueue(
            parts.caller,
            account=settings.receiver,
            region=region,
            queue_name=settings.queue,
            clock=time.time,
            wait=wait,
        )
        for region in settings.regions
    ]
    return Worker(
        database=parts.database,
        catalog=parts.catalog,
        auditor=parts.auditor,
        queues=queues,
        enrolled=settings.account_ids,
        clock=time.time,
        probe=probe,
    )
