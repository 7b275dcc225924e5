"""EventBridge in the lab: moto keeps the buses, rules and targets, the lab's engine delivers.

Limits: EventBridge quotas (300 rules a bus, 5 targets a rule, 2,048 characters a pattern) and API Reference, ``PutRule``.
"""

from __future__ import annotations

import copy
import datetime as dt
import json
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from liveaudit.lab import bus_policy, internals
from liveaudit.lab.bus_policy import refused
from liveaudit.lab.delivery import EVENTS, PUT, Bus, Envelope, Rule, Target, bus_of
from liveaudit.lab.permissions.authority import Authority

Post = Callable[[Bus, Envelope], None]
PATTERN_LIMIT = 2048
RULES_LIMIT = 300
TARGETS_LIMIT = 5
_PATTERN_TYPE_LIMIT = 4096
_RULE_NAME = re.compile(r"[.\-_A-Za-z0-9]{1,64}")
_TOO_MANY = "The requested resource exceeds the maximum number allowed."


class MotoWorld:
    """What moto knows of buses, queues and organisations. ``permissions``: who may do what."""

    def __init__(self, permissions: Authority) -> None:
        self._permissions = permissions

    def rules(self, bus: Bus) -> list[Rule] | None:
        """See ``World``."""
        found = self._bus(bus)
        if found is None:
            return None
        return [
            Rule(
                rule.arn,
                rule.state != "DISABLED" and bool(rule.event_pattern.get_pattern()),
                _matcher(rule.event_pattern),
                tuple(target_of(target) for target in rule.targets),
            )
            for rule in found.rules.values()
        ]

    def has_queue(self, arn: str) -> bool:
        """See ``World``."""
        region, account, name = arn.split(":")[3:6]
        return name in internals.module("sqs.models").sqs_backends[account][region].queues

    def refusal(self, rule_arn: str, role_arn: str, action: str, resource: str) -> str:
        """See ``World``."""
        source = {"aws:SourceArn": rule_arn, "aws:SourceAccount": rule_arn.split(":")[4]}
        if not role_arn:
            return self._permissions.decide(EVENTS, action, resource, source)
        return self._permissions.assume(EVENTS, role_arn, "", source) or self._permissions.decide(
            role_arn, action, resource, {"aws:RequestedRegion": resource.split(":")[3]}
        )

    def grant_refusal(self, role_arn: str, bus_arn: str) -> str:
        """Why the policy of a bus of another account does not let the role in, whatever the role may do itself."""
        return self._permissions.decide_by_resource(role_arn, PUT, bus_arn)

    def send(self, queue_arn: str, body: str, attributes: Mapping[str, str], group_id: str | None) -> None:
        """See ``World``."""
        region, account, name = queue_arn.split(":")[3:6]
        internals.module("sqs.models").sqs_backends[account][region].send_message(
            queue_name=name,
            message_body=body,
            message_attributes={
                key: {"DataType": "String", "StringValue": value} for key, value in attributes.items()
            },
            group_id=group_id,
        )

    @staticmethod
    def _bus(bus: Bus) -> Any:
        return (
            internals.module("events.models")
            .events_backends[bus.account][bus.region]
            .event_buses.get(bus.name)
        )


def target_of(target: Mapping[str, Any]) -> Target:
    """A target as the API takes it."""
    return Target(
        target["Id"],
        target["Arn"],
        target.get("RoleArn") or "",
        (target.get("DeadLetterConfig") or {}).get("Arn", ""),
        (target.get("SqsParameters") or {}).get("MessageGroupId"),
    )


def _matcher(pattern: Any) -> Callable[[Envelope], bool]:
    return lambda envelope: bool(
        pattern._does_event_match(pattern._flatten_dict(envelope), pattern.get_pattern())
    )


def envelope(
    event_id: str,
    detail_type: str,
    source: str,
    account: str,
    region: str,
    time: str,
    resources: list[str],
    detail: Mapping[str, Any],
) -> Envelope:
    """An event as EventBridge shapes it."""
    return {
        "version": "0",
        "id": event_id,
        "detail-type": detail_type,
        "source": source,
        "account": account,
        "time": time,
        "region": region,
        "resources": resources,
        "detail": detail,
    }


def install(patches: internals.Patches, world: MotoWorld, post: Post) -> None:
    """Let PutEvents and PutTargets go through the lab's engine, and switch off moto's own deliveries."""

    def put_targets(
        original: Callable[..., None],
        backend: Any,
        name: str,
        event_bus_arn: str | None,
        targets: list[dict[str, Any]],
    ) -> None:
        bus = Bus(backend.account_id, backend.region_name, backend._normalize_event_bus_arn(event_bus_arn))
        for target in targets:
            _check_target(world, bus, target_of(target))
        _check_number(backend, name, bus, targets)
        original(backend, name, event_bus_arn, copy.deepcopy(targets))

    def put_events(backend: Any, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(events) > 10:
            raise refused(
                "ValidationException",
                "1 validation error detected: Value at 'entries' failed to satisfy constraint: "
                "Member must have length less than or equal to 10",
            )
        return [_put_event(world, post, backend, event) for event in events]

    bus_policy.install(patches)
    patches.wrap("events.models:EventsBackend.put_rule", _put_rule)
    patches.replace("events.models:EventsBackend.put_events", put_events)
    patches.wrap("events.models:EventsBackend.put_targets", put_targets)
    patches.replace("events.models:Rule.send_to_targets", _no_delivery)
    patches.replace("s3.models:events_send_notification", _no_delivery)


def _put_rule(original: Callable[..., Any], backend: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    if not _RULE_NAME.fullmatch(name):
        raise refused(
            "ValidationException",
            f"1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+",
        )
    pattern = kwargs.get("event_pattern") or ""
    if len(pattern) > _PATTERN_TYPE_LIMIT:
        raise refused(
            "ValidationException",
            "1 validation error detected: Value at 'eventPattern' failed to satisfy constraint: "
            f"Member must have length less than or equal to {_PATTERN_TYPE_LIMIT}",
        )
    if len(pattern) > PATTERN_LIMIT:
        raise refused("LimitExceededException", f"{_TOO_MANY} (event pattern: {PATTERN_LIMIT} characters)")
    bus = backend.event_buses.get(backend._normalize_event_bus_arn(kwargs.get("event_bus_arn")))
    if bus is not None and name not in bus.rules and len(bus.rules) >= RULES_LIMIT:
        raise refused("LimitExceededException", _TOO_MANY)
    return original(backend, name, *args, **kwargs)


def _check_number(backend: Any, name: str, bus: Bus, targets: list[dict[str, Any]]) -> None:
    found = backend.event_buses.get(bus.name)
    rule = found.rules.get(name) if found is not None else None
    standing = {one["Id"] for one in rule.targets} if rule is not None else set()
    if len(standing | {one["Id"] for one in targets}) > TARGETS_LIMIT:
        raise refused("LimitExceededException", _TOO_MANY)


def _check_target(world: MotoWorld, bus: Bus, target: Target) -> None:
    if target.arn.split(":")[4] == bus.account:
        return
    is_bus = ":events:" in target.arn and ":event-bus/" in target.arn
    if (is_bus or ":sqs:" in target.arn) and not target.role_arn:
        raise refused(
            "ValidationException", f"Parameter(s) RoleArn must be specified for target: {target.id}."
        )
    if is_bus and (why := world.grant_refusal(target.role_arn, target.arn)):
        raise refused("AccessDeniedException", why)


def _put_event(world: MotoWorld, post: Post, backend: Any, event: dict[str, Any]) -> dict[str, Any]:
    for name in ("Source", "DetailType", "Detail"):
        if not event.get(name):
            reason = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return _failed("InvalidArgument", reason)
    if event["Source"].startswith("aws."):
        return _failed("NotAuthorizedForSourceException", "Not authorized for the source.")
    try:
        detail = json.loads(event["Detail"])
    except ValueError:
        detail = None
    if not isinstance(detail, dict):
        return _failed("MalformedDetail", "Detail is malformed.")
    account, region = backend.account_id, backend.region_name
    name = event.get("EventBusName") or "default"
    bus = bus_of(name) if name.startswith("arn:") else Bus(account, region, name)
    if world.rules(bus) is None:
        return _failed("ResourceNotFoundException", f"Event bus {bus.name} does not exist.")
    event_id = str(uuid.uuid4())
    when = _time(event.get("Time"))
    resources = list(event.get("Resources") or [])
    post(
        bus,
        envelope(event_id, event["DetailType"], event["Source"], account, region, when, resources, detail),
    )
    return {"EventId": event_id}


def _no_delivery(*_args: Any, **_kwargs: Any) -> None:
    """moto's deliveries ignore policies and states; everything must come once, from the lab's engine."""


def _failed(code: str, message: str) -> dict[str, Any]:
    return {"ErrorCode": code, "ErrorMessage": message}


def _time(moment: Any) -> str:
    if isinstance(moment, (int, float)):
        when = dt.datetime.fromtimestamp(moment, dt.UTC)
    elif isinstance(moment, dt.datetime):
        when = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    else:
        when = dt.datetime.now(dt.UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
