"""The policies of event buses as AWS keeps them: one statement per id, no more than fit, replaced as a whole by ``Policy``.

Sources: EventBridge API Reference, ``PutPermission``; EventBridge quotas (10,240 characters).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from liveaudit.lab import internals

POLICY_LIMIT = 10_240
_ACCOUNT = re.compile(r"\d{12}|\*")
_STATEMENT_ID = re.compile(r"[a-zA-Z0-9-_]{1,64}")
_ACTION = "events:PutEvents"


def statement_of(
    bus_arn: str, principal: str, action: str, condition: Mapping[str, str] | None
) -> dict[str, Any]:
    """The statement that ``PutPermission`` makes of its parameters, without its ``Sid``."""
    partition = bus_arn.split(":")[1]
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": "*" if principal == "*" else {"AWS": f"arn:{partition}:iam::{principal}:root"},
        "Action": action,
        "Resource": bus_arn,
    }
    if condition:
        statement["Condition"] = {condition["Type"]: {condition["Key"]: condition["Value"]}}
    return statement


def install(patches: internals.Patches) -> None:
    """Mend moto's bus policies."""
    patches.replace("events.models:EventBus.policy", property(_policy))
    patches.replace("events.models:EventBus.add_policy", _add)
    patches.replace("events.models:EventBus.remove_statement", _remove)
    patches.replace("events.models:EventBus.remove_statements", _remove_all)
    patches.replace("events.models:EventsBackend.put_permission", _put_permission)


def refused(code: str, message: str) -> Exception:
    """What EventBridge answers, as moto raises it."""
    error: Exception = internals.module("core.exceptions").JsonRESTError(code, message)
    return error


def _policy(bus: Any) -> str | None:
    if not bus._statements:
        return None
    # written once for as long as the statements stand: every delivery asks for it
    known, text = bus.__dict__.get("_lab_policy", (None, ""))
    if known is not bus._statements:
        statements = [one.describe() for one in bus._statements.values()]
        text = json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))
        bus._lab_policy = (bus._statements, text)
    return str(text)


def _remove(bus: Any, sid: str) -> Any:
    removed = bus._statements.get(sid)
    bus._statements = {name: one for name, one in bus._statements.items() if name != sid}
    return removed


def _remove_all(bus: Any) -> None:
    bus._statements = {}


def _add(bus: Any, policy: Mapping[str, Any]) -> None:
    made = internals.module("events.models").EventBusPolicyStatement.from_dict
    _change(bus, {**bus._statements, **{one["Sid"]: made(one) for one in policy["Statement"]}})


def _change(bus: Any, statements: dict[str, Any]) -> None:
    before, bus._statements = bus._statements, statements
    if len(bus.policy or "") > POLICY_LIMIT:
        bus._statements = before
        raise refused("PolicyLengthExceededException", "The event bus policy is too long.")


def _put_permission(
    backend: Any,
    event_bus_name: str,
    action: str | None,
    principal: str | None,
    statement_id: str | None,
    condition: Mapping[str, str] | None,
    policy: str | None,
) -> None:
    bus = backend.describe_event_bus(event_bus_name or "default")
    if policy:
        _change(bus, _read(policy))
        return
    if principal is None:
        raise refused("ValidationException", "Parameter Principal must be specified.")
    if condition and principal != "*":
        raise refused(
            "InvalidParameterValue",
            "Value of the parameter 'principal' must be '*' when the parameter 'condition' is set.",
        )
    if not _ACCOUNT.fullmatch(principal):
        raise refused(
            "InvalidParameterValue",
            f"Value {principal} at 'principal' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: (\d{12}|\*)",
        )
    if condition and (condition.get("Type"), condition.get("Key")) != ("StringEquals", "aws:PrincipalOrgID"):
        raise refused("ValidationException", "Condition must be StringEquals on aws:PrincipalOrgID.")
    if action != _ACTION:
        raise refused("ValidationException", "Provided value in parameter 'action' is not supported.")
    if statement_id is None or not _STATEMENT_ID.fullmatch(statement_id):
        raise refused("InvalidParameterValue", r"StatementId must match ^[a-zA-Z0-9-_]{1,64}$")
    _add(bus, {"Statement": [{**statement_of(bus.arn, principal, action, condition), "Sid": statement_id}]})


def _read(policy: str) -> dict[str, Any]:
    made = internals.module("events.models").EventBusPolicyStatement.from_dict
    try:
        given = json.loads(policy)["Statement"]
        statements = given if isinstance(given, list) else [given]
        return {
            one.get("Sid", f"statement-{n}"): made({"Sid": "", **one}) for n, one in enumerate(statements)
        }
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise refused("ValidationException", f"This policy contains invalid Json or lacks {error}") from error
