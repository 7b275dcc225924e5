"""The class that a rule derives from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


class MissingTriggerHandlerError(Exception):
    """The rule was invoked in a way that it does not answer."""


class ConfigRule:
    """A rule: it overrides ``evaluate_change`` or ``evaluate_periodic``, and ``evaluate_parameters`` where it has some."""

    delete_old_evaluations_on_scheduled_notification = True

    def evaluate_parameters(self, rule_parameters: dict[str, Any]) -> Any:
        """The parameters, checked. Raises InvalidParametersError."""
        return rule_parameters

    def evaluate_change(
        self, event: Any, client_factory: Any, configuration_item: Any, valid_rule_parameters: Any
    ) -> Any:
        """Evaluations of a changed resource."""
        del event, client_factory, configuration_item, valid_rule_parameters
        raise MissingTriggerHandlerError("the rule has no evaluate_change: it is a periodic one")

    def evaluate_periodic(self, event: Any, client_factory: Any, valid_rule_parameters: Any) -> Any:
        """Evaluations of all that the rule looks at."""
        del event, client_factory, valid_rule_parameters
        raise MissingTriggerHandlerError("the rule has no evaluate_periodic: it is triggered by changes")

    def get_execution_role_arn(self, event: Mapping[str, Any]) -> str:
        """The role that clients use: the event's, or the one that a parameter names."""
        name = _parameters(event).get("ExecutionRoleName")
        role = str(event["executionRoleArn"])
        return f"{role.partition('/')[0]}/{name}" if name else role

    def get_assume_role_region(self, event: Mapping[str, Any]) -> Any:
        """The region that a parameter names, or None."""
        return _parameters(event).get("ExecutionRoleRegion")

    def get_assume_role_mode(self, event: Mapping[str, Any]) -> bool:
        """Whether clients use that role."""
        return str(_parameters(event).get("AssumeRoleMode", "true")).lower() != "false"


def _parameters(event: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(event.get("ruleParameters") or "{}")
    return found
