"""What moto knows of principals, their policies, and the policies of resources. Asked anew for every call.

Read without the lab's lock, because a long poll is decided on too: what is walked through is copied first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

from liveaudit.lab import internals
from liveaudit.lab.permissions import documents
from liveaudit.lab.permissions.evaluation import Kind, Policies, Policy
from liveaudit.lab.permissions.facts import Organization
from liveaudit.lab.permissions.principals import Principal
from liveaudit.model import partition_of


class Guarded(NamedTuple):
    """A resource with what guards it.

    ``owner``: its account; empty for what nobody reaches from another account, whatever its ARN says.
    """

    owner: str
    policy: Policy | None


class Stacks(Protocol):
    """What CloudFormation knows by name."""

    def stack_arn(self, account: str, region: str, name: str) -> str:
        """The ARN of a stack, empty when there is none of this name."""

    def stack_set(self, owner: str, region: str, name: str) -> tuple[str, str] | None:
        """The id and the template of a stack set, None when there is none."""


class Directory:
    """Looks into moto, and into the lab's own ``stacks``."""

    def __init__(self, stacks: Callable[[], Stacks]) -> None:
        self._stacks = stacks
        self._roles: dict[str, Any] = {}

    def role(self, arn: str) -> Any:
        """The role of this ARN, None when there is none."""
        parts = arn.split(":", 5)
        if len(parts) != 6 or not parts[5].startswith("role/"):
            return None
        roles = _iam(parts[4], parts[1]).roles
        known = self._roles.get(arn)
        if known is not None and roles.get(known.id) is known:
            return known
        found = next((role for role in list(roles.values()) if role.arn == arn), None)
        if found is not None:
            self._roles[arn] = found
        return found

    def policies(self, principal: Principal, session: tuple[str, ...] | None = None) -> Policies | None:
        """The policies of a user or role, None when it does not exist. ``session``: a session's documents or ARNs."""
        backend = _iam_of(principal)
        limits = self.limits(principal, session)
        if principal.role_arn:
            role = self.role(principal.role_arn)
            if role is None:
                return None
            bounded = role.permissions_boundary_arn
            return Policies(
                tuple(_attached(role, "role")),
                _managed(backend, bounded, Kind.BOUNDARY) if bounded else None,
                limits,
            )
        name = principal.arn.rsplit("/", 1)[-1]
        user = backend.users.get(name) if ":user/" in principal.arn else None
        if user is None:
            return None
        groups = [group for group in list(backend.groups.values()) if user in list(group.users)]
        held = (*_attached(user, "user"), *(each for group in groups for each in _attached(group, "group")))
        return Policies(held, None, limits)

    def limits(self, principal: Principal, session: tuple[str, ...] | None) -> list[Policy] | None:
        """A session's own policies, of which each is a document or the ARN of a policy."""
        backend = _iam_of(principal)
        return None if session is None else [self._session(backend, text) for text in session]

    @staticmethod
    def _session(backend: Any, text: str) -> Policy:
        if text.startswith("arn:"):
            return _managed(backend, text, Kind.SESSION)
        return Policy(documents.parse(text), Kind.SESSION, "session")

    def trust(self, role: Any) -> Policy:
        """The trust policy of one of moto's roles."""
        return Policy(documents.parse(role.assume_role_policy_document), Kind.RESOURCE, "trust")

    def guarded(self, arn: str) -> Guarded:
        """Whose the resource is and its own policy, for queues, event buses, buckets, topics and roles."""
        parts = arn.split(":", 5)
        if len(parts) < 6:
            return Guarded("", None)
        _, _, service, region, account, rest = parts
        if service == "s3":
            return _bucket(rest.partition("/")[0])
        if service == "iam" and rest.startswith("role/"):
            return Guarded(account, None)
        find = _GUARDED.get(service)
        if find is None or not (account and region):
            return Guarded("", None)
        text = find(account, region, rest)
        return Guarded(account, Policy(documents.parse(text), Kind.RESOURCE, arn) if text else None)

    def iam_arn(self, account: str, kind: str, name: str) -> str:
        """See ``Places``."""
        backend = _iam(account, "aws")
        named = {
            "user": lambda: backend.users.get(name),
            "group": lambda: backend.groups.get(name),
            "instance-profile": lambda: _by_name(backend.instance_profiles.values(), name),
            "role": lambda: _by_name(backend.roles.values(), name),
            "policy": lambda: _by_name(backend.managed_policies.values(), name),
        }
        found = named[kind]() if kind in named else None
        return found.arn if found is not None else f"arn:aws:iam::{account}:{kind}/{name}"

    def key_owner(self, account: str, access_key_id: str) -> str:
        """See ``Places``."""
        for user in list(_iam(account, "aws").users.values()):
            if any(key.access_key_id == access_key_id for key in list(user.access_keys)):
                return str(user.name)
        return ""

    def stack_arn(self, account: str, region: str, name: str) -> str:
        """See ``Places``."""
        found = self._stacks().stack_arn(account, region, name)
        return found or f"arn:{partition_of(region)}:cloudformation:{region}:{account}:stack/{name}/*"

    def stack_set_id(self, account: str, region: str, name: str) -> str:
        """See ``Places``."""
        found = self._stacks().stack_set(account, region, name)
        return found[0] if found is not None else f"{name.partition(':')[0]}:*"

    def stack_set_template(self, account: str, region: str, name: str) -> str:
        """See ``Places``."""
        found = self._stacks().stack_set(account, region, name)
        return found[1] if found is not None else ""

    def organization(self, account: str) -> Organization | None:
        """See ``Places``."""
        backends = internals.module("organizations.models").organizations_backends
        for _, _, backend in list(backends.iter_backends()):
            if backend.org is not None and any(member.id == account for member in list(backend.accounts)):
                return Organization(backend.org.id, backend.org.master_account_id)
        return None


def _iam(account: str, partition: str) -> Any:
    return internals.module("iam.models").iam_backends[account][partition]


def _iam_of(principal: Principal) -> Any:
    return _iam(principal.account, principal.arn.split(":")[1])


def _by_name(found: Any, name: str) -> Any:
    return next((each for each in list(found) if each.name == name), None)


def _attached(holder: Any, kind: str) -> Iterator[Policy]:
    for name, text in list(holder.policies.items()):
        yield Policy(documents.parse(text), Kind.IDENTITY, f"{kind}_{holder.name}_{name}", kind)
    for policy in list(holder.managed_policies.values()):
        source = "aws-managed" if ":iam::aws:" in policy.arn else "user-managed"
        yield Policy(documents.parse(_default_text(policy)), Kind.IDENTITY, policy.name, source)


def _default_text(policy: Any) -> str:
    versions = list(policy.versions)
    return str(next(each.document for each in versions if each.version_id == policy.default_version_id))


def _managed(backend: Any, arn: str, kind: Kind) -> Policy:
    found = backend.managed_policies.get(arn)
    return Policy(documents.parse(_default_text(found) if found is not None else "{}"), kind, arn)


def _bucket(name: str) -> Guarded:
    backends = internals.module("s3.models").s3_backends
    partition, account = backends.bucket_accounts.get(name, ("", ""))
    bucket = backends[account][partition].buckets.get(name) if account else None
    if bucket is None:
        return Guarded("", None)
    text = bucket.policy.decode() if bucket.policy else ""
    return Guarded(account, Policy(documents.parse(text), Kind.RESOURCE, name) if text else None)


def _queue(account: str, region: str, name: str) -> str | None:
    queue = internals.module("sqs.models").sqs_backends[account][region].queues.get(name)
    return None if queue is None else queue.policy


def _bus(account: str, region: str, rest: str) -> str | None:
    kind, _, name = rest.partition("/")
    buses = internals.module("events.models").events_backends[account][region].event_buses
    bus = buses.get(name) if kind == "event-bus" else None
    return None if bus is None else bus.policy


def _topic(account: str, region: str, name: str) -> str | None:
    arn = f"arn:{partition_of(region)}:sns:{region}:{account}:{name}"
    topic = internals.module("sns.models").sns_backends[account][region].topics.get(arn)
    return None if topic is None else topic.policy


_GUARDED = {"sqs": _queue, "events": _bus, "sns": _topic}
