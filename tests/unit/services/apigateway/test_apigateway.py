"""API Gateway: the tables and the policies of both versions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from liveaudit.model import Outcome
from liveaudit.services.apigateway.resources import methods as methods_of
from liveaudit.services.apigateway.resources import stages as stages_of
from liveaudit.services.apigateway.resources import with_plain_policy
from tests.support.told import recorded, told, what
from tests.unit.services.conftest import Judged

PASS, FAIL, NOT_APPLICABLE, UNKNOWN = (
    Outcome.PASS,
    Outcome.FAIL,
    Outcome.NOT_APPLICABLE,
    Outcome.UNKNOWN,
)
SOURCE = "apigateway.amazonaws.com"
REST, V2 = "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"
ARN = "arn:aws:apigateway:eu-west-1:"


def stage(**more: Any) -> dict[str, Any]:
    return {"stageName": "prod", "Variables": [], **more}


ALL = {"*/*": {"loggingLevel": "ERROR"}}
SEALED = {"*/*": {"cachingEnabled": True, "cacheDataEncrypted": True}}
PLAIN = {"*/*": {"cachingEnabled": True, "cacheDataEncrypted": False}}


@pytest.mark.parametrize(
    ("policy", "stages", "outcome"),
    [
        ("apigateway_restapi_logging_enabled", [stage(methodSettings=ALL)], PASS),
        (
            "apigateway_restapi_logging_enabled",
            [stage(methodSettings={"*/*": {"loggingLevel": "OFF"}})],
            FAIL,
        ),
        ("apigateway_restapi_logging_enabled", [stage(methodSettings={})], FAIL),
        ("apigateway_restapi_logging_enabled", [stage()], FAIL),
        # One method is taken out again. (Prowler looks at whether any method is logged.)
        (
            "apigateway_restapi_logging_enabled",
            [stage(methodSettings={**ALL, "~1things/GET": {"loggingLevel": "OFF"}})],
            FAIL,
        ),
        (
            "apigateway_restapi_logging_enabled",
            [stage(methodSettings={**ALL, "~1things/GET": {"metricsEnabled": True}})],
            PASS,
        ),
        ("apigateway_restapi_logging_enabled", [stage(methodSettings=ALL), stage()], FAIL),
        ("apigateway_restapi_logging_enabled", [], NOT_APPLICABLE),
        ("apigateway_restapi_waf_acl_attached", [stage(webAclArn="arn:aws:wafv2:x")], PASS),
        ("apigateway_restapi_waf_acl_attached", [stage(webAclArn="arn:aws:wafv2:x"), stage()], FAIL),
        ("apigateway_restapi_waf_acl_attached", [], NOT_APPLICABLE),
        (
            "apigateway_restapi_no_secrets_in_stage_variables",
            [stage(Variables=[{"Name": "table", "Secret": None}])],
            PASS,
        ),
        (
            "apigateway_restapi_no_secrets_in_stage_variables",
            [stage(), stage(Variables=[{"Name": "db_password", "Secret": "password"}])],
            FAIL,
        ),
        ("apigateway_restapi_no_secrets_in_stage_variables", [], NOT_APPLICABLE),
        ("apigateway_restapi_client_certificate_enabled", [stage(clientCertificateId="a1b2c3")], PASS),
        ("apigateway_restapi_client_certificate_enabled", [stage()], FAIL),
        ("apigateway_restapi_client_certificate_enabled", [], NOT_APPLICABLE),
        ("apigateway_restapi_tracing_enabled", [stage(tracingEnabled=True)], PASS),
        ("apigateway_restapi_tracing_enabled", [stage(tracingEnabled=False)], FAIL),
        ("apigateway_restapi_tracing_enabled", [], NOT_APPLICABLE),
        (
            "apigateway_restapi_cache_encrypted",
            [stage(cacheClusterEnabled=True, methodSettings=SEALED)],
            PASS,
        ),
        ("apigateway_restapi_cache_encrypted", [stage(cacheClusterEnabled=True, methodSettings=PLAIN)], FAIL),
        # One method's answers are cached in plain text, those of the others are not.
        (
            "apigateway_restapi_cache_encrypted",
            [stage(cacheClusterEnabled=True, methodSettings={**SEALED, "~1things/GET": PLAIN["*/*"]})],
            FAIL,
        ),
        ("apigateway_restapi_cache_encrypted", [stage(methodSettings=PLAIN)], NOT_APPLICABLE),
        ("apigateway_restapi_cache_encrypted", [stage(cacheClusterEnabled=True)], NOT_APPLICABLE),
        ("apigateway_restapi_cache_encrypted", [], NOT_APPLICABLE),
        (
            "apigatewayv2_api_access_logging_enabled",
            [{"StageName": "$default", "AccessLogSettings": {"DestinationArn": "arn:aws:logs:x"}}],
            PASS,
        ),
        ("apigatewayv2_api_access_logging_enabled", [{"StageName": "$default"}], FAIL),
        (
            "apigatewayv2_api_access_logging_enabled",
            [{"StageName": "$default", "AccessLogSettings": {}}],
            FAIL,
        ),
        ("apigatewayv2_api_access_logging_enabled", [], NOT_APPLICABLE),
    ],
)
def test_stages(judged: Judged, policy: str, stages: list[Any], outcome: Outcome) -> None:
    assert judged(policy, stages=stages).outcome == outcome


def method(name: str, kind: str | None, path: str = "/things") -> dict[str, Any]:
    return {"Path": path, "Method": name, "AuthorizationType": kind}


OPEN, SIGNED = method("GET", "NONE"), method("POST", "AWS_IAM")
PREFLIGHT = method("OPTIONS", "NONE")


@pytest.mark.parametrize(
    ("methods", "outcome"),
    [
        ([SIGNED, method("GET", "CUSTOM"), method("PUT", "COGNITO_USER_POOLS")], PASS),
        ([SIGNED, PREFLIGHT], PASS),
        # Whether an authorizer is there at all does not count. (Prowler lets it pass then.)
        ([SIGNED, OPEN], FAIL),
        ([], NOT_APPLICABLE),
    ],
)
def test_methods(judged: Judged, methods: list[Any], outcome: Outcome) -> None:
    assert judged("apigateway_restapi_authorizers_enabled", methods=methods).outcome == outcome


def policy_of(principal: Any, **more: Any) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "execute-api:Invoke"}
    statement |= {"Resource": "execute-api:/*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


PUBLIC = {"endpointConfiguration": {"types": ["REGIONAL"]}}
PRIVATE = {"endpointConfiguration": {"types": ["PRIVATE"]}}
OFFICE = {"Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}


@pytest.mark.parametrize(
    ("api", "methods", "outcome"),
    [
        (PRIVATE, [OPEN], NOT_APPLICABLE),
        (PUBLIC, [SIGNED, PREFLIGHT], PASS),
        (PUBLIC, [OPEN], FAIL),
        ({"endpointConfiguration": {"types": ["EDGE"]}}, [OPEN], FAIL),
        ({}, [OPEN], FAIL),
        ({**PUBLIC, "policy": policy_of("*")}, [OPEN], FAIL),
        ({**PUBLIC, "policy": policy_of("*", **OFFICE)}, [OPEN], PASS),
        ({**PUBLIC, "policy": policy_of({"AWS": "arn:aws:iam::111122223333:root"})}, [OPEN], PASS),
        (PUBLIC, [], NOT_APPLICABLE),
    ],
)
def test_public_apis(judged: Judged, api: dict[str, Any], methods: list[Any], outcome: Outcome) -> None:
    assert judged("apigateway_restapi_public_with_authorizer", api=api, methods=methods).outcome == outcome


@pytest.mark.parametrize(
    ("types", "outcome"), [(["PRIVATE"], PASS), (["EDGE"], FAIL), (["REGIONAL"], FAIL), (None, FAIL)]
)
def test_endpoints(judged: Judged, types: list[str] | None, outcome: Outcome) -> None:
    api = {} if types is None else {"endpointConfiguration": {"types": types}}
    assert judged("apigateway_restapi_public", api=api).outcome == outcome


def route(key: str, kind: str = "NONE") -> dict[str, Any]:
    return {"RouteKey": key, "AuthorizationType": kind}


HTTP, WEBSOCKET = {"ProtocolType": "HTTP"}, {"ProtocolType": "WEBSOCKET"}


@pytest.mark.parametrize(
    ("api", "routes", "outcome"),
    [
        (HTTP, [route("GET /things", "JWT"), route("OPTIONS /things")], PASS),
        (HTTP, [route("GET /things", "JWT"), route("$default")], FAIL),
        (HTTP, [], NOT_APPLICABLE),
        (WEBSOCKET, [route("$connect", "CUSTOM"), route("$default"), route("say")], PASS),
        (WEBSOCKET, [route("$connect"), route("$default")], FAIL),
        # Nothing asks who connects.
        (WEBSOCKET, [route("$default")], FAIL),
        (WEBSOCKET, [], NOT_APPLICABLE),
    ],
)
def test_routes(judged: Judged, api: dict[str, Any], routes: list[Any], outcome: Outcome) -> None:
    assert judged("apigatewayv2_api_authorizers_enabled", api=api, routes=routes).outcome == outcome


@pytest.mark.parametrize(
    ("policy", "sections"),
    [
        ("apigateway_restapi_logging_enabled", {"stages": [{"methodSettings": "all"}]}),
        ("apigateway_restapi_waf_acl_attached", {"stages": {}}),
        ("apigateway_restapi_no_secrets_in_stage_variables", {"stages": [{}]}),
        ("apigateway_restapi_authorizers_enabled", {"methods": [{}]}),
        (
            "apigateway_restapi_public_with_authorizer",
            {"api": {"endpointConfiguration": []}, "methods": [OPEN]},
        ),
        ("apigateway_restapi_public", {"api": {"endpointConfiguration": {"types": "EDGE"}}}),
        ("apigateway_restapi_cache_encrypted", {"stages": [stage(cacheClusterEnabled="yes")]}),
        ("apigateway_restapi_client_certificate_enabled", {"stages": [{}]}),
        ("apigateway_restapi_tracing_enabled", {"stages": [stage(tracingEnabled=1)]}),
        ("apigatewayv2_api_access_logging_enabled", {"stages": [7]}),
        ("apigatewayv2_api_authorizers_enabled", {"api": {}, "routes": [route("$default")]}),
    ],
)
def test_answers_of_another_shape(judged: Judged, policy: str, sections: dict[str, Any]) -> None:
    assert judged(policy, odd=True, **sections).outcome == UNKNOWN


def test_values_of_variables_are_not_kept() -> None:
    canary = {"stageVariableOverrides": {"api_password": "correct-horse-stable"}}
    variables = {"db_password": "correct-horse-battery", "table": "orders"}
    kept = stages_of([{"stageName": "prod", "variables": variables, "canarySettings": canary}])
    assert "horse" not in str(kept)
    told_of = {each["Name"]: each["Secret"] for each in kept[0]["Variables"]}
    assert told_of.keys() == {"api_password", "db_password", "table"}
    assert {name for name, kind in told_of.items() if kind} == {"api_password", "db_password"}


def test_methods_are_told_without_what_stands_behind_them() -> None:
    integration = {"uri": "https://user:secret@internal"}
    behind = {"authorizationType": "NONE", "methodIntegration": integration}
    found = [
        {"path": "/b", "resourceMethods": {"GET": behind}},
        {"path": "/a", "resourceMethods": {"PUT": {}}},
    ]
    assert methods_of(found) == [
        {"Path": "/a", "Method": "PUT", "AuthorizationType": None},
        {"Path": "/b", "Method": "GET", "AuthorizationType": "NONE"},
    ]


def test_the_policy_is_a_document() -> None:
    plain = policy_of("*")
    escaped = json.dumps(plain)[1:-1]
    assert with_plain_policy({"policy": escaped}) == {"policy": plain}
    assert with_plain_policy({"policy": plain}) == {"policy": plain}
    assert with_plain_policy({"id": "a"}) == {"id": "a"}


@pytest.mark.parametrize(
    ("name", "request_parameters", "response", "resources"),
    [
        ("CreateRestApi", {"name": "shop"}, {"id": "abc123"}, {(REST, "abc123")}),
        ("CreateApi", {"name": "shop"}, {"apiId": "def456"}, {(V2, "def456")}),
        ("CreateStage", {"restApiId": "abc123", "createStageInput": {}}, None, {(REST, "abc123")}),
        ("CreateStage", {"apiId": "def456", "stageName": "prod"}, None, {(V2, "def456")}),
        ("UpdateStage", {"restApiId": "abc123", "stageName": "prod"}, None, {(REST, "abc123")}),
        ("PutMethod", {"restApiId": "abc123", "resourceId": "r"}, None, {(REST, "abc123")}),
        ("CreateAuthorizer", {"apiId": "def456"}, {"authorizerId": "z"}, {(V2, "def456")}),
        ("UpdateRoute", {"apiId": "def456", "routeId": "r"}, None, {(V2, "def456")}),
        ("DeleteRestApi", {"restApiId": "abc123"}, None, {(REST, "abc123")}),
        ("DeleteApi", {"apiId": "def456"}, None, {(V2, "def456")}),
    ],
)
def test_who_is_meant(
    name: str, request_parameters: Any, response: Any, resources: set[tuple[str, str]]
) -> None:
    assert what(told(SOURCE, name, request_parameters, response)) == resources


@pytest.mark.parametrize("name", ["AssociateWebACL", "DisassociateWebACL"])
def test_a_web_acl_is_put_before_a_stage(name: str) -> None:
    found = told("wafv2.amazonaws.com", name, {"resourceArn": f"{ARN}:/restapis/abc123/stages/prod"})
    assert what(found) == {(REST, "abc123")}


def test_what_was_recorded() -> None:
    unplaced, placed = recorded(SOURCE)
    assert unplaced == []
    assert placed
