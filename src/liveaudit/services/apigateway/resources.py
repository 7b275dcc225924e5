"""The tables of Amazon API Gateway: one event source and IAM prefix, two APIs.

REST APIs are named by ``restApiId``, the others by ``apiId``. Stages and methods are read with their API. Sources: the API
references, recorded events.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from liveaudit.catalog.types import Service
from liveaudit.policies.secrets import variables
from liveaudit.services.apigateway.ignored import ignore_the_rest

service = Service("apigateway", event_source="apigateway.amazonaws.com")

_OF_STAGE = (
    "accessLogSettings",
    "cacheClusterEnabled",
    "clientCertificateId",
    "methodSettings",
    "stageName",
    "tracingEnabled",
    "webAclArn",
)
_OF_STAGE_V2 = ("AccessLogSettings", "AutoDeploy", "DefaultRouteSettings", "RouteSettings", "StageName")


def with_plain_policy(api: Any) -> dict[str, Any]:
    """The API with its policy as a document: the answer has its quotes escaped once more."""
    made = {key: value for key, value in api.items() if key != "ResponseMetadata"}
    policy = made.get("policy")
    if isinstance(policy, str) and policy.startswith('{\\"'):
        made["policy"] = json.loads(f'"{policy}"')
    return made


def stages(items: Any) -> list[dict[str, Any]]:
    """The stages by name, without the values of their variables and of those that a canary replaces."""
    return sorted((_stage(each, _OF_STAGE, _variables(each)) for each in items), key=_name)


def stages_v2(items: Any) -> list[dict[str, Any]]:
    """The stages by name, without the values of their variables."""
    return sorted((_stage(each, _OF_STAGE_V2, each.get("StageVariables")) for each in items), key=_name)


def _stage(stage: Mapping[str, Any], keys: tuple[str, ...], given: Any) -> dict[str, Any]:
    return {**{each: stage[each] for each in keys if each in stage}, "Variables": variables(given or {})}


def _variables(stage: Mapping[str, Any]) -> list[tuple[str, str]]:
    replaced = (stage.get("canarySettings") or {}).get("stageVariableOverrides") or {}
    return [*(stage.get("variables") or {}).items(), *replaced.items()]


def _name(stage: Mapping[str, Any]) -> str:
    return str(stage.get("stageName") or stage.get("StageName"))


def methods(resources: Any) -> list[dict[str, Any]]:
    """The methods of all paths, with what authorizes a call, and without what stands behind them."""
    found = [
        {
            "Path": each["path"],
            "Method": name,
            "AuthorizationType": (method or {}).get("authorizationType"),
        }
        for each in resources
        for name, method in (each.get("resourceMethods") or {}).items()
    ]
    return sorted(found, key=lambda each: (each["Path"], each["Method"]))


def authorizers(items: Any) -> list[dict[str, Any]]:
    """The authorizers by id, each with its kind."""
    return sorted(
        ({"id": each["id"], "type": each.get("type")} for each in items), key=lambda each: each["id"]
    )


def authorizers_v2(items: Any) -> list[dict[str, Any]]:
    """The authorizers by id, each with its kind."""
    found = [{"id": each["AuthorizerId"], "type": each.get("AuthorizerType")} for each in items]
    return sorted(found, key=lambda each: str(each["id"]))


def routes(items: Any) -> list[dict[str, Any]]:
    """The routes by key, with what authorizes a call."""
    kept = ("ApiKeyRequired", "AuthorizationType", "AuthorizerId", "RouteId", "RouteKey")
    found = [{key: each[key] for key in kept if key in each} for each in items]
    return sorted(found, key=lambda each: str(each["RouteKey"]))


rest_api = service.resource_type(
    "AWS::ApiGateway::RestApi",
    arn="arn:{partition}:apigateway:{region}::/restapis/{id}",
    named_by="requestParameters.restApiId",
    gone="NotFoundException",
    id_pattern=r"[^/:]+",
    id_part=r"arn:[^:]+:apigateway:[^:]*::/restapis/(?P<id>[^/]+)/.+",
)
_REST = {"restApiId": "{id}"}
rest_api.section(
    "api",
    "GetRestApi",
    _REST,
    shape=with_plain_policy,
    silent=["apiStatus", "apiStatusMessage", "warnings"],
    changed_by=["PutRestApi", "UpdateRestApi"],
    root=True,
)
rest_api.beside_root("tags", value="tags || `{}`")
rest_api.section(
    "methods",
    "GetResources",
    {**_REST, "embed": ["methods"], "limit": 500},
    value="items || `[]`",
    shape=methods,
    changed_by=[
        "CreateResource",
        "DeleteMethod",
        "DeleteResource",
        "PutMethod",
        "PutRestApi",
        "UpdateMethod",
        "UpdateResource",
    ],
)
rest_api.section(
    "authorizers",
    "GetAuthorizers",
    _REST,
    value="items || `[]`",
    shape=authorizers,
    changed_by=["CreateAuthorizer", "DeleteAuthorizer", "PutRestApi", "UpdateAuthorizer"],
)
rest_api.section(
    "stages",
    "GetStages",
    _REST,
    value="item || `[]`",
    shape=stages,
    changed_by=["CreateDeployment", "CreateStage", "DeleteStage", "UpdateStage"],
)
for _event in ("AssociateWebACL", "DisassociateWebACL"):
    rest_api.event(_event, "stages", source="wafv2.amazonaws.com", named_by="requestParameters.resourceArn")
rest_api.created_by("CreateRestApi", "ImportRestApi", named_by="responseElements.id")
rest_api.deleted_by("DeleteRestApi")
rest_api.listing("GetRestApis", {"limit": 500}, items="items", item_id="id")

api = service.resource_type(
    "AWS::ApiGatewayV2::Api",
    arn="arn:{partition}:apigateway:{region}::/apis/{id}",
    client="apigatewayv2",
    named_by="requestParameters.apiId",
    gone="NotFoundException",
    id_pattern=r"[^/:]+",
    id_part=r"arn:[^:]+:apigateway:[^:]*::/apis/(?P<id>[^/]+)/.+",
)
_API = {"ApiId": "{id}"}
api.section(
    "api",
    "GetApi",
    _API,
    shape=with_plain_policy,
    silent=["ImportInfo", "Warnings"],
    changed_by=["DeleteCorsConfiguration", "UpdateApi"],
    root=True,
)
api.beside_root("tags", value="Tags || `{}`")
api.section(
    "routes",
    "GetRoutes",
    _API,
    value="Items || `[]`",
    shape=routes,
    changed_by=["CreateRoute", "DeleteRoute", "DeleteRouteRequestParameter", "UpdateRoute"],
)
api.section(
    "authorizers",
    "GetAuthorizers",
    _API,
    value="Items || `[]`",
    shape=authorizers_v2,
    changed_by=["CreateAuthorizer", "DeleteAuthorizer", "UpdateAuthorizer"],
)
api.section(
    "stages",
    "GetStages",
    _API,
    value="Items || `[]`",
    shape=stages_v2,
    changed_by=[
        "CreateDeployment",
        "CreateStage",
        "DeleteAccessLogSettings",
        "DeleteRouteSettings",
        "DeleteStage",
        "UpdateStage",
    ],
)
api.event("ReimportApi")
# "Quick create" makes a route and a stage with the API.
api.created_by("CreateApi", "ImportApi", named_by="responseElements.apiId")
api.deleted_by("DeleteApi")
api.listing("GetApis", items="Items", item_id="ApiId")
for _type in (rest_api, api):
    for _event in ("TagResource", "UntagResource"):
        _type.event(_event, "tags", named_by="requestParameters.resourceArn")

ignore_the_rest(service)
