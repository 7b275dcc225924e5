"""How large a queue's policy may be. Pure.

Source: SQS Developer Guide, "Amazon SQS policy quotas": 8,192 bytes, 20 statements, 50 principals, 10 conditions, and 7
actions in a statement.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from liveaudit.lab.permissions.conditions import as_list

BYTES = 8192
STATEMENTS = 20
PRINCIPALS = 50
CONDITIONS = 10
ACTIONS = 7


def too_large(document: str) -> str:
    """What in a policy document is more than SQS takes, empty when it fits. A malformed one is told too."""
    size = len(document.encode())
    if size > BYTES:
        return f"the policy has {size} bytes, {BYTES} are allowed"
    try:
        content = json.loads(document)
    except ValueError:
        return "the policy is not JSON"
    if not isinstance(content, Mapping):
        return "the policy is not an object"
    statements = [one for one in as_list(content.get("Statement")) if isinstance(one, Mapping)]
    counts = (
        ("statements", len(statements), STATEMENTS),
        ("principals", sum(_principals(one.get("Principal")) for one in statements), PRINCIPALS),
        ("conditions", sum(_conditions(one.get("Condition")) for one in statements), CONDITIONS),
        ("actions in a statement", max((_actions(one) for one in statements), default=0), ACTIONS),
    )
    for what, count, limit in counts:
        if count > limit:
            return f"the policy has {count} {what}, {limit} are allowed"
    return ""


def _actions(statement: Mapping[str, Any]) -> int:
    return len(as_list(statement.get("Action")))


def _principals(principal: Any) -> int:
    if isinstance(principal, Mapping):
        return sum(len(as_list(names)) for names in principal.values())
    return len(as_list(principal))


def _conditions(condition: Any) -> int:
    if not isinstance(condition, Mapping):
        return 0
    return sum(len(keys) for keys in condition.values() if isinstance(keys, Mapping))
