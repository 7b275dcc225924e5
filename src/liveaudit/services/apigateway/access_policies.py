"""The policies of API Gateway on who may call: methods of REST APIs, routes of HTTP and WebSocket APIs.

What is judged is the API as it is defined; a stage shows it once it is deployed.
"""

from __future__ import annotations

from typing import Any

from liveaudit.model import Outcome, Severity, Verdict, failed, not_applicable, passed
from liveaudit.policies.checks import member
from liveaudit.policies.resource_policies import not_public
from liveaudit.policies.shapes import mapping, mappings, rule, text, texts
from liveaudit.services.apigateway.resources import api as api_type
from liveaudit.services.apigateway.resources import rest_api

_NOBODY = (None, "NONE")


def _open_methods(methods: Any) -> list[str]:
    """``GET /orders`` of methods that anybody may call, without a browser's preflight, which carries no credentials."""
    return [
        f"{text(each.get('Method'), 'a method')} {text(each.get('Path'), 'a path')}"
        for each in mappings(methods, "the methods")
        if each.get("Method") != "OPTIONS" and each.get("AuthorizationType") in _NOBODY
    ]


def _is_private(api: Any) -> bool:
    """Whether the API is reached through VPC endpoints only. One that names no type is edge-optimized."""
    types = texts(member(api, "endpointConfiguration.types", "the API") or ["EDGE"], "the endpoint's types")
    return set(types) == {"PRIVATE"}


@rule(
    rest_api,
    "apigateway_restapi_authorizers_enabled",
    Severity.MEDIUM,
    title="Every method of a REST API asks who calls",
    why="A method without authorization is open to everybody who reaches the API.",
    fix="Give every method an authorizer or IAM authorization, and deploy the API.",
)
def methods_ask_who_calls(methods: Any) -> Verdict:
    """An authorizer protects the methods that name it, so that one that is only there counts for nothing."""
    if not mappings(methods, "the methods"):
        return not_applicable("the API has no methods")
    found = _open_methods(methods)
    if found:
        return failed("methods have no authorization", methods=found)
    return passed("every method has authorization")


@rule(
    rest_api,
    "apigateway_restapi_public_with_authorizer",
    Severity.MEDIUM,
    title="REST APIs on the internet let in nobody unknown",
    why="What a public endpoint does without authorization anybody on the internet may have it do.",
    fix="Give every method authorization, narrow the API's resource policy, or make the endpoint private.",
)
def public_apis_ask_who_calls(api: Any, methods: Any) -> Verdict:
    """A resource policy keeps strangers away too: without authorization only what it allows is let in.

    Source: API Gateway developer guide, "How API Gateway resource policies affect authorization workflow".
    """
    if _is_private(api):
        return not_applicable("the endpoint is private")
    if not mappings(methods, "the methods"):
        return not_applicable("the API has no methods")
    found = _open_methods(methods)
    if not found:
        return passed("every method of the public endpoint has authorization")
    policy = mapping(api, "the API").get("policy")
    if policy and not_public(policy, "the API's policy").outcome == Outcome.PASS:
        return passed("the API's policy does not let everybody in")
    return failed("the endpoint is public, and methods have no authorization", methods=found)


@rule(
    rest_api,
    "apigateway_restapi_public",
    Severity.MEDIUM,
    title="REST APIs are reached from within VPCs only",
    why="A public endpoint can be called, scanned and overloaded from everywhere on the internet.",
    fix="Make the endpoint private, with a VPC endpoint and a resource policy, where callers are in VPCs.",
)
def endpoint_is_private(api: Any) -> Verdict:
    """Edge-optimized and regional endpoints are public."""
    if _is_private(api):
        return passed("the endpoint is private")
    types = member(api, "endpointConfiguration.types", "the API")
    return failed("the endpoint is public", types=types)


@rule(
    api_type,
    "apigatewayv2_api_authorizers_enabled",
    Severity.MEDIUM,
    title="Every route of an HTTP or WebSocket API asks who calls",
    why="A route without authorization is open to everybody who reaches the API.",
    fix="Give every route an authorizer or IAM authorization; of a WebSocket API, the route $connect.",
)
def routes_ask_who_calls(api: Any, routes: Any) -> Verdict:
    """Security Hub APIGateway.8.

    Of a WebSocket API ``$connect`` alone can ask, for the whole connection, and without it everybody may connect
    (developer guide, "Manage connected users and client apps"). Of an HTTP API preflights are left out.
    """
    found = mappings(routes, "the routes")
    if not found:
        return not_applicable("the API has no routes")
    keys = {text(each.get("RouteKey"), "a route's key"): each.get("AuthorizationType") for each in found}
    if text(mapping(api, "the API").get("ProtocolType"), "the protocol") == "WEBSOCKET":
        if "$connect" not in keys:
            return failed("there is no route $connect that could ask who connects", routes=sorted(keys))
        keys = {"$connect": keys["$connect"]}
    unasked = [
        key for key, kind in sorted(keys.items()) if kind in _NOBODY and not key.startswith("OPTIONS ")
    ]
    if unasked:
        return failed("routes have no authorization", routes=unasked)
    return passed("every route has authorization")
