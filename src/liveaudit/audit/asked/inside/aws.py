"""AWS as a rule sees it in the sandbox: every call of boto3 is answered here, and none leaves the process.

botocore's own hooks are used (``before-call``, as its Stubber does), so that parameters are checked and errors are raised as
on AWS. What is not answered is refused as AccessDenied and remembered: a rule that was refused something has no verdict.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore import handlers
from botocore.awsrequest import AWSResponse

_ASKED = "liveaudit_asked"
_AT_ONCE = 100
_LONGEST = 256
_FAR_OFF = "2099-01-01T00:00:00Z"


class RefusedError(Exception):
    """An error of AWS's, by its code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class Session:
    """One invocation: what it may be told, and what it told.

    ``items``: the configuration items of the resources asked about; ``reads``: answers of other operations that are known,
    each with its ``client``, ``operation``, ``params`` and ``answer`` or ``error``; ``watched`` gives what stands at a path of an item
    so that looks at it are noticed; ``handed``: the texts of JSON that were handed out, and where in the item they stand.
    """

    token: str = ""
    account: str = ""
    rule: str = ""
    items: list[dict[str, Any]] = field(default_factory=list)
    reads: list[dict[str, Any]] = field(default_factory=list)
    evaluations: list[dict[str, Any]] = field(default_factory=list)
    tested: bool = False
    refused: list[str] = field(default_factory=list)
    watched: Callable[[Any, str], Any] = lambda value, _path: value
    handed: dict[str, str] = field(default_factory=dict)

    def answer(self, client: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """What AWS would say. Raises RefusedError."""
        known = _KNOWN.get((client, operation))
        if known is not None:
            return known(self, params)
        for read in self.reads:
            if (read["client"], read["operation"]) == (client, operation) and read["params"] == params:
                if read.get("error"):
                    raise RefusedError(read["error"], "as liveaudit has it stored")
                return dict(read["answer"])
        self.refused.append(f"{client}:{operation}")
        raise RefusedError(
            "AccessDeniedException",
            f"liveaudit's sandbox does not call AWS, and has no answer to {operation}",
        )

    def item(self, type_name: Any, resource_id: Any) -> dict[str, Any] | None:
        """The item of a resource that was asked about."""
        for each in self.items:
            if (each["resourceType"], each["resourceId"]) == (type_name, resource_id):
                return each
        return None


def _put_evaluations(session: Session, params: Mapping[str, Any]) -> dict[str, Any]:
    evaluations = list(params.get("Evaluations") or ())
    if len(evaluations) > _AT_ONCE:
        raise RefusedError("ValidationException", f"at most {_AT_ONCE} evaluations can be put at once")
    if any(len(each.get("Annotation") or "") > _LONGEST for each in evaluations):
        raise RefusedError("ValidationException", f"an annotation has at most {_LONGEST} characters")
    if params.get("TestMode"):
        session.tested = True
    elif params.get("ResultToken") != session.token:
        raise RefusedError("InvalidResultTokenException", "the result token is not the one of the event")
    else:
        session.evaluations += [
            {**each, "OrderingTimestamp": str(each.get("OrderingTimestamp"))} for each in evaluations
        ]
    return {"FailedEvaluations": []}


def _history(session: Session, params: Mapping[str, Any]) -> dict[str, Any]:
    item = session.item(params.get("resourceType"), params.get("resourceId"))
    if item is None:
        raise RefusedError("ResourceNotDiscoveredException", "liveaudit was not asked about that resource")
    return {"configurationItems": [_as_stored(session, item)]}


def _batch(session: Session, params: Mapping[str, Any]) -> dict[str, Any]:
    keys = list(params.get("resourceKeys") or ())
    found = [(key, session.item(key.get("resourceType"), key.get("resourceId"))) for key in keys]
    return {
        "baseConfigurationItems": [_as_stored(session, item) for _, item in found if item is not None],
        "unprocessedResourceKeys": [key for key, item in found if item is None],
    }


def _as_stored(session: Session, item: Mapping[str, Any]) -> dict[str, Any]:
    """An item as the API tells it: other names, and the configuration as texts of JSON."""
    kept = {
        key: each
        for key, each in item.items()
        if key not in ("awsAccountId", "ARN", "configurationStateMd5Hash", "configurationItemVersion")
    }
    texts = {key: json.dumps(each) for key, each in item["supplementaryConfiguration"].items()}
    whole = json.dumps(item["configuration"])
    session.handed |= {text: f"supplementaryConfiguration.{key}" for key, text in texts.items()}
    session.handed[whole] = "configuration"
    return {
        **kept,
        "relationships": [_relationship(each) for each in item["relationships"]],
        "accountId": item["awsAccountId"],
        "arn": item["ARN"],
        "configurationItemMD5Hash": item["configurationStateMd5Hash"],
        "configurationStateId": str(item["configurationStateId"]),
        "configuration": whole,
        "supplementaryConfiguration": texts,
    }


def _relationship(told: Mapping[str, Any]) -> dict[str, Any]:
    """What an event calls ``name`` the API calls ``relationshipName``; and it leaves out what there is none of."""
    named = {("relationshipName" if key == "name" else key): each for key, each in told.items()}
    return {key: each for key, each in named.items() if each is not None}


def _discovered(session: Session, params: Mapping[str, Any]) -> dict[str, Any]:
    wanted = params.get("resourceType")
    found = [each for each in session.items if each["resourceType"] == wanted]
    if not found:
        session.refused.append(f"config:ListDiscoveredResources of {wanted}")
        raise RefusedError("AccessDeniedException", f"liveaudit was not asked about any {wanted}")
    keys = ("resourceType", "resourceId", "resourceName")
    return {"resourceIdentifiers": [{key: each[key] for key in keys if each[key]} for each in found]}


def _role(_session: Session, params: Mapping[str, Any]) -> dict[str, Any]:
    arn = str(params.get("RoleArn"))
    return {
        "Credentials": {
            "AccessKeyId": "ASIASANDBOX",
            "SecretAccessKey": "none",
            "SessionToken": "none",
            "Expiration": _FAR_OFF,
        },
        "AssumedRoleUser": {"AssumedRoleId": "AROASANDBOX:rule", "Arn": arn},
    }


def _identity(session: Session, _params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Account": session.account,
        "UserId": "AROASANDBOX:rule",
        "Arn": f"arn:aws:sts::{session.account}:assumed-role/liveaudit-sandbox/rule",
    }


_KNOWN: Mapping[tuple[str, str], Callable[[Session, Mapping[str, Any]], dict[str, Any]]] = {
    ("config", "PutEvaluations"): _put_evaluations,
    ("config", "GetResourceConfigHistory"): _history,
    ("config", "BatchGetResourceConfig"): _batch,
    ("config", "ListDiscoveredResources"): _discovered,
    ("config", "GetComplianceDetailsByConfigRule"): lambda _session, _params: {"EvaluationResults": []},
    ("sts", "AssumeRole"): _role,
    ("sts", "GetCallerIdentity"): _identity,
}


class Interception:
    """Stands in every botocore session that is made from now on. ``session``: the invocation of now."""

    def __init__(self) -> None:
        self.session = Session()
        # moto has its own handlers there too: a session registers those that it finds when it is made
        handlers.BUILTIN_HANDLERS.insert(0, ("before-parameter-build", self._remember))
        handlers.BUILTIN_HANDLERS.insert(0, ("before-call", self._answer))

    def _remember(self, params: Mapping[str, Any], context: dict[str, Any], **_rest: Any) -> None:
        context[_ASKED] = dict(params)

    def _answer(self, model: Any, context: Mapping[str, Any], **_rest: Any) -> tuple[Any, dict[str, Any]]:
        client = str(model.service_model.service_name)
        told = {"HTTPStatusCode": 200, "RequestId": "liveaudit-sandbox", "RetryAttempts": 0}
        try:
            answer = self.session.answer(client, str(model.name), context.get(_ASKED, {}))
        except RefusedError as error:
            told["HTTPStatusCode"] = 400
            parsed = {"Error": {"Code": error.code, "Message": str(error)}, "ResponseMetadata": told}
            return AWSResponse("", 400, {}, None), parsed
        answer = timed(model.output_shape, answer)
        for key in ("configurationItems", "baseConfigurationItems"):
            if key in answer:
                answer[key] = [self.session.watched(each, "") for each in answer[key]]
        return AWSResponse("", 200, {}, None), {**answer, "ResponseMetadata": told}


def timed(shape: Any, value: Any) -> Any:
    """The value with times where boto3 gives times; what is stored has them as texts."""
    if shape is None or value is None:
        return value
    if shape.type_name == "timestamp":
        return dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    if shape.type_name == "structure" and isinstance(value, dict):
        return {key: timed(shape.members.get(key), each) for key, each in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [timed(shape.member, each) for each in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: timed(shape.value, each) for key, each in value.items()}
    return value
