"""Operations that moto does not have, or answers wrongly, where a test of policies needs them: few, and no more of each
than is asked for.

A handler gets moto's backend of the service and the call's parameters, and gives the members of the output.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from liveaudit.lab import internals
from liveaudit.lab.answers import Answer, CallRefused, refuse, render
from liveaudit.lab.calls import Call

Handler = Callable[[Any, Mapping[str, Any]], dict[str, Any]]


def answer(call: Call) -> Answer | None:
    """The answer to a call that moto cannot answer, None for every other."""
    found = _HANDLERS.get((call.service, call.operation))
    if found is None:
        return None
    backends, handler = found
    where, name, *place = backends.split(":")
    backend = getattr(internals.module(where), name)[call.account][place[0] if place else call.region]
    try:
        return render(call, handler(backend, call.params()))
    except CallRefused as refused:
        return refuse(call, refused)


def _known(collection: Mapping[str, Any], name: str, code: str) -> Any:
    if name not in collection:
        raise CallRefused(code, f"{name} does not exist")
    return collection[name]


def _function_urls(backend: Any, params: Mapping[str, Any]) -> dict[str, Any]:
    functions = {each.function_name: each for each in backend.list_functions()}
    function = _known(functions, params["FunctionName"], "ResourceNotFoundException")
    return {"FunctionUrlConfigs": [function.url_config.to_dict()] if function.url_config else []}


def _project(backend: Any, name: str) -> dict[str, Any]:
    found: dict[str, Any] = _known(
        backend.codebuild_projects, name, "ResourceNotFoundException"
    ).project_metadata
    return found


def _update_project(backend: Any, params: Mapping[str, Any]) -> dict[str, Any]:
    project = _project(backend, params["name"])
    project.update(
        {key: value for key, value in params.items() if key in ("environment", "source", "logsConfig")}
    )
    return {"project": project}


def _show_project(backend: Any, params: Mapping[str, Any]) -> dict[str, Any]:
    name = params["projectArn"].rpartition("/")[2]
    _project(backend, name)["projectVisibility"] = params["projectVisibility"]
    return {"projectArn": params["projectArn"], "projectVisibility": params["projectVisibility"]}


def _webhook(backend: Any, params: Mapping[str, Any]) -> dict[str, Any]:
    webhook = {"filterGroups": params.get("filterGroups") or []}
    _project(backend, params["projectName"])["webhook"] = webhook
    return {"webhook": webhook}


def _update_notebook(backend: Any, params: Mapping[str, Any]) -> dict[str, Any]:
    instance = _known(backend.notebook_instances, params["NotebookInstanceName"], "ValidationException")
    instance.root_access = params.get("RootAccess", instance.root_access)
    return {}


def _query_logs(backend: Any, params: Mapping[str, Any]) -> dict[str, Any]:
    """moto knows no zone by the id that AWS takes, and gives the configurations of all zones."""
    wanted = params.get("HostedZoneId")
    if wanted is not None:
        _known(backend.zones, wanted, "NoSuchHostedZone")
    return {
        "QueryLoggingConfigs": [
            {
                "Id": each.id,
                "HostedZoneId": each.hosted_zone_id,
                "CloudWatchLogsLogGroupArn": each.cloud_watch_logs_log_group_arn,
            }
            for each in backend.query_logging_configs.values()
            if wanted in (None, each.hosted_zone_id)
        ]
    }


def _none(member: str) -> Handler:
    """There is none, as moto can make none."""
    return lambda _backend, _params: {member: []}


_CODEBUILD = "codebuild.models:codebuild_backends"
_LAMBDA = "awslambda.models:lambda_backends"
_HANDLERS: dict[tuple[str, str], tuple[str, Handler]] = {
    ("codebuild", "CreateWebhook"): (_CODEBUILD, _webhook),
    ("codebuild", "ListReportGroups"): (_CODEBUILD, _none("reportGroups")),
    ("codebuild", "UpdateProject"): (_CODEBUILD, _update_project),
    ("codebuild", "UpdateProjectVisibility"): (_CODEBUILD, _show_project),
    ("codebuild", "UpdateWebhook"): (_CODEBUILD, _webhook),
    ("elasticache", "DescribeServerlessCaches"): (
        "elasticache.models:elasticache_backends",
        _none("ServerlessCaches"),
    ),
    ("lambda", "ListFunctionUrlConfigs"): (_LAMBDA, _function_urls),
    ("route53", "ListQueryLoggingConfigs"): ("route53.models:route53_backends:aws", _query_logs),
    ("sagemaker", "UpdateNotebookInstance"): ("sagemaker.models:sagemaker_backends", _update_notebook),
}
