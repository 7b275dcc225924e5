"""What stands between Lambda's handler and the rule."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import botocore.exceptions

from .clientfactory import ClientFactory
from .configrule import ConfigRule
from .errors import InvalidParametersError
from .evaluation import ComplianceType, Evaluation

_AT_ONCE = 100
_THERE = ("OK", "ResourceDiscovered")


class Evaluator:
    """Runs a rule on an event, and puts its evaluations. ``is_applicable_status``: deleted resources are evaluated too."""

    def __init__(
        self,
        config_rule: ConfigRule,
        expected_resource_types: Sequence[str] | None = None,
        is_applicable_status: bool = False,
    ) -> None:
        self._rule = config_rule
        self._types = list(expected_resource_types or ())
        self._always = is_applicable_status

    def handle(self, event: dict[str, Any], context: Any) -> Any:
        """The evaluations that were put, or a description of what went wrong."""
        del context
        rule = self._rule
        clients = ClientFactory(
            rule.get_execution_role_arn(event),
            rule.get_assume_role_region(event),
            rule.get_assume_role_mode(event),
        )
        try:
            parameters = rule.evaluate_parameters(json.loads(event.get("ruleParameters") or "{}"))
        except InvalidParametersError as error:
            return _failure("Parameter value is invalid", "InvalidParameterValueException", str(error))
        try:
            invoking = json.loads(event["invokingEvent"])
            if invoking["messageType"] == "ScheduledNotification":
                found = rule.evaluate_periodic(event, clients, parameters)
                for each in _checked(found):
                    each.import_fields_from_periodic_event(event)
            else:
                item = _item(invoking, clients)
                found = [Evaluation(ComplianceType.NOT_APPLICABLE)]
                if self._concerns(item, event):
                    found = rule.evaluate_change(event, clients, item, parameters)
                for each in _checked(found):
                    each.import_fields_from_configuration_item(item)
            return _put(event, clients, found)
        except botocore.exceptions.ClientError as error:
            told = error.response["Error"]
            return _failure("Error while making an API request", told["Code"], told["Message"])

    def _concerns(self, item: Any, event: dict[str, Any]) -> bool:
        if not self._types:
            raise ValueError("a rule that is triggered by changes has to name its resource types")
        there = item["configurationItemStatus"] in _THERE and not event["eventLeftScope"]
        return item["resourceType"] in self._types and (there or self._always)


def _checked(found: Any) -> list[Evaluation]:
    if not isinstance(found, list) or not all(isinstance(each, Evaluation) for each in found):
        raise TypeError("the rule did not return a list of Evaluation objects")
    return found


def _put(event: dict[str, Any], clients: ClientFactory, found: list[Evaluation]) -> list[dict[str, Any]]:
    evaluations = [each.get_json() for each in found if each.is_valid()]
    config = clients.build_client("config")
    test = event["resultToken"] == "TESTMODE"
    for start in range(0, max(len(evaluations), 1), _AT_ONCE):
        config.put_evaluations(
            Evaluations=evaluations[start : start + _AT_ONCE], ResultToken=event["resultToken"], TestMode=test
        )
    return evaluations


def _item(invoking: dict[str, Any], clients: ClientFactory) -> Any:
    """The item of the event, or asked for where it was too large for the event."""
    if invoking["messageType"] != "OversizedConfigurationItemChangeNotification":
        return invoking["configurationItem"]
    summary = invoking["configurationItemSummary"]
    told = clients.build_client("config").get_resource_config_history(
        resourceType=summary["resourceType"], resourceId=summary["resourceId"], limit=1
    )["configurationItems"][0]
    told = dict(told)
    told["configuration"] = json.loads(told["configuration"])
    told["supplementaryConfiguration"] = {
        key: json.loads(each) for key, each in told["supplementaryConfiguration"].items()
    }
    return {**told, "awsAccountId": told["accountId"], "ARN": told["arn"]}


def _failure(what: str, code: str, message: str) -> dict[str, Any]:
    return {
        "internalErrorMessage": what,
        "internalErrorDetails": message,
        "customerErrorCode": code,
        "customerErrorMessage": message,
    }
