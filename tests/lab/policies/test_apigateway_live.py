"""The policies of API Gateway by real calls in the lab."""

from __future__ import annotations

import pytest

from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab


def test_a_rest_api(live: Live) -> None:
    client = live.client("apigateway")
    made = client.create_rest_api(name="shop")
    api, root = made["id"], made["rootResourceId"]
    client.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    client.put_integration(restApiId=api, resourceId=root, httpMethod="GET", type="MOCK")
    client.create_deployment(restApiId=api, stageName="prod", variables={"db_password": "Tr0ub4dor&3-x"})
    for policy in (
        "apigateway_restapi_logging_enabled",
        "apigateway_restapi_waf_acl_attached",
        "apigateway_restapi_no_secrets_in_stage_variables",
        "apigateway_restapi_authorizers_enabled",
        "apigateway_restapi_public_with_authorizer",
        "apigateway_restapi_client_certificate_enabled",
        "apigateway_restapi_tracing_enabled",
        "apigateway_restapi_public",
    ):
        live.opens(policy, api)
    changes = [
        {"op": "replace", "path": "/*/*/logging/loglevel", "value": "ERROR"},
        {"op": "remove", "path": "/variables/db_password"},
        {"op": "replace", "path": "/tracingEnabled", "value": "true"},
        {"op": "replace", "path": "/cacheClusterEnabled", "value": "true"},
        {"op": "replace", "path": "/*/*/caching/enabled", "value": "true"},
        {"op": "replace", "path": "/*/*/caching/dataEncrypted", "value": "false"},
    ]
    client.update_stage(restApiId=api, stageName="prod", patchOperations=changes)
    live.resolves("apigateway_restapi_logging_enabled", api)
    live.resolves("apigateway_restapi_no_secrets_in_stage_variables", api)
    live.resolves("apigateway_restapi_tracing_enabled", api)
    live.opens("apigateway_restapi_cache_encrypted", api)
    changes = [{"op": "replace", "path": "/*/*/caching/dataEncrypted", "value": "true"}]
    client.update_stage(restApiId=api, stageName="prod", patchOperations=changes)
    live.resolves("apigateway_restapi_cache_encrypted", api)
    waf = live.client("wafv2")
    web_acl = waf.create_web_acl(
        Name="shop",
        Scope="REGIONAL",
        DefaultAction={"Allow": {}},
        VisibilityConfig={
            "SampledRequestsEnabled": False,
            "CloudWatchMetricsEnabled": False,
            "MetricName": "shop",
        },
    )["Summary"]["ARN"]
    stage = f"arn:aws:apigateway:{live.region}::/restapis/{api}/stages/prod"
    waf.associate_web_acl(WebACLArn=web_acl, ResourceArn=stage)
    live.resolves("apigateway_restapi_waf_acl_attached", api)
    client.delete_method(restApiId=api, resourceId=root, httpMethod="GET")
    client.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="AWS_IAM")
    live.resolves("apigateway_restapi_authorizers_enabled", api)
    live.resolves("apigateway_restapi_public_with_authorizer", api)
    client.delete_rest_api(restApiId=api)
    live.archives("apigateway_restapi_public", api)


def test_an_http_api(live: Live) -> None:
    client = live.client("apigatewayv2")
    api = client.create_api(Name="shop", ProtocolType="HTTP")["ApiId"]
    client.create_stage(ApiId=api, StageName="prod")
    route = client.create_route(ApiId=api, RouteKey="GET /things")["RouteId"]
    live.opens("apigatewayv2_api_access_logging_enabled", api)
    live.opens("apigatewayv2_api_authorizers_enabled", api)
    client.update_route(ApiId=api, RouteId=route, AuthorizationType="AWS_IAM")
    live.resolves("apigatewayv2_api_authorizers_enabled", api)
    group = f"arn:aws:logs:{live.region}:{live.account}:log-group:api"
    client.delete_stage(ApiId=api, StageName="prod")
    client.create_stage(
        ApiId=api,
        StageName="prod",
        AccessLogSettings={"DestinationArn": group, "Format": "$context.requestId"},
    )
    live.resolves("apigatewayv2_api_access_logging_enabled", api)
