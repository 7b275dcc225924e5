"""The policies of API Gateway, on REST APIs and on those of its second version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from liveaudit.model import Outcome, Severity, Verdict, failed, not_applicable, passed
from liveaudit.policies.checks import member
from liveaudit.policies.resource_policies import not_public
from liveaudit.policies.secrets import without_secrets
from liveaudit.policies.shapes import mapping, mappings, rule, text, texts
from liveaudit.services.apigateway.resources import api as api_type
from liveaudit.services.apigateway.resources import rest_api

_LOGGED = frozenset({"ERROR", "INFO"})
_EVERY_METHOD = "*/*"
_NO_STAGE = "the API has no stage"


def _open_methods(methods: Any) -> list[dict[str, Any]]:
    """Methods that anybody may call; a browser's preflight, which cannot carry credentials, apart."""
    return [
        {"Path": each.get("Path"), "Method": each.get("Method")}
        for each in mappings(methods, "the methods")
        if text(each.get("Method"), "a method's name") != "OPTIONS"
        and each.get("AuthorizationType") in (None, "NONE")
    ]


@rule(
    rest_api,
    "apigateway_restapi_logging_enabled",
    Severity.MEDIUM,
    title="Stages of REST APIs log the execution of calls",
    why="Without logs nobody can tell what was called with which result, or reconstruct an attack.",
    fix="Set the log level of every stage to ERROR or INFO, for all methods.",
)
def logging_enabled(stages: Any) -> Verdict:
    """Source: CIS 7.0, 4.10; FSBP, APIGateway.1."""
    found = mappings(stages, "the stages")
    if not found:
        return not_applicable(_NO_STAGE)
    silent = [each.get("stageName") for each in found if not _is_logged(each)]
    if silent:
        return failed("a stage does not log the execution of all methods", Stages=silent)
    return passed("every stage logs the execution of calls")


def _is_logged(stage: Mapping[str, Any]) -> bool:
    settings = mapping(stage.get("methodSettings") or {}, "the methods' settings")
    levels = {
        path: mapping(each, "a method's settings").get("loggingLevel") for path, each in settings.items()
    }
    # what says nothing for a method leaves it as it is for all
    return levels.get(_EVERY_METHOD) in _LOGGED and not any(
        level not in _LOGGED for level in levels.values() if level is not None
    )


@rule(
    rest_api,
    "apigateway_restapi_waf_acl_attached",
    Severity.MEDIUM,
    title="Stages of REST APIs stand behind a web ACL",
    why="Without AWS WAF every request, an attack on the application too, reaches what stands behind the API.",
    fix="Associate a web ACL of AWS WAF with every stage.",
)
def waf_acl_attached(stages: Any) -> Verdict:
    """Source: FSBP, APIGateway.4."""
    found = mappings(stages, "the stages")
    if not found:
        return not_applicable(_NO_STAGE)
    bare = [each.get("stageName") for each in found if not each.get("webAclArn")]
    if bare:
        return failed("a stage has no web ACL", Stages=bare)
    return passed("every stage has a web ACL")


@rule(
    rest_api,
    "apigateway_restapi_no_secrets_in_stage_variables",
    Severity.HIGH,
    title="Stage variables hold no secrets",
    why="Whoever may read the API's configuration reads its variables, and they are logged.",
    fix="Move the secret into Secrets Manager or Parameter Store, and change it, as it was readable.",
)
def no_secrets_in_stage_variables(stages: Any) -> Verdict:
    """The values were never kept: what they are was found out as they were read."""
    found = [
        {"Stage": stage.get("stageName"), **each}
        for stage in mappings(stages, "the stages")
        for each in mappings(stage.get("Variables"), "a stage's variables")
    ]
    return without_secrets(found, "stage variable")


@rule(
    rest_api,
    "apigateway_restapi_authorizers_enabled",
    Severity.MEDIUM,
    title="Every method of a REST API asks who calls",
    why="A method without authorization is open to whoever reaches the API.",
    fix="Give every method an authorizer or IAM authorization, and deploy the API.",
)
def authorizers_enabled(methods: Any) -> Verdict:
    """An authorizer protects only the methods that name it, so that one that is only there does not count."""
    if not mappings(methods, "the methods"):
        return not_applicable("the API has no methods")
    found = _open_methods(methods)
    if found:
        return failed("a method has no authorization", Methods=found)
    return passed("every method has authorization")


@rule(
    rest_api,
    "apigateway_restapi_public_with_authorizer",
    Severity.MEDIUM,
    title="REST APIs on the internet let nobody in unknown",
    why="What a public endpoint does without authorization anybody on the internet may do.",
    fix="Give every method authorization, narrow the API's resource policy, or make the endpoint private.",
)
def public_with_authorizer(api: Any, methods: Any) -> Verdict:
    """A resource policy that lets not everybody in holds strangers off as well."""
    types = texts(member(api, "endpointConfiguration.types", "the API") or [], "the endpoint's types")
    if types and set(types) == {"PRIVATE"}:
        return passed("the endpoint is private")
    found = _open_methods(methods)
    if not found:
        return passed("no method of the public endpoint is without authorization")
    policy = mapping(api, "the API").get("policy")
    if policy:
        judged = not_public(policy, "the API's policy", actions=["execute-api:Invoke"])
        if judged.outcome == Outcome.PASS:
            return passed("the API's policy does not let everybody in")
    return failed("the endpoint is public, and a method has no authorization", Methods=found)


@rule(
    api_type,
    "apigatewayv2_api_access_logging_enabled",
    Severity.MEDIUM,
    title="Stages of HTTP and WebSocket APIs log who calls",
    why="Without access logs nobody can tell who called what, or reconstruct an attack.",
    fix="Turn on access logging into a log group, for every stage.",
)
def access_logging_enabled(stages: Any) -> Verdict:
    """Source: CIS 7.0, 4.10; FSBP, APIGateway.9."""
    found = mappings(stages, "the stages")
    if not found:
        return not_applicable(_NO_STAGE)
    silent = [
        each.get("StageName")
        for each in found
        if not member(each, "AccessLogSettings.DestinationArn", "a stage")
    ]
    if silent:
        return failed("a stage has no access log", Stages=silent)
    return passed("every stage has an access log")


@rule(
    api_type,
    "apigatewayv2_api_authorizers_enabled",
    Severity.MEDIUM,
    title="Every route of an HTTP or WebSocket API asks who calls",
    why="A route without authorization is open to whoever reaches the API.",
    fix="Attach an authorizer or IAM authorization to every route; with WebSockets, to $connect.",
)
def route_authorizers_enabled(api: Any, routes: Any) -> Verdict:
    """Of a WebSocket only ``$connect`` can ask; a browser's preflight cannot answer. Source: FSBP, APIGateway.8."""
    websocket = text(mapping(api, "the API").get("ProtocolType"), "the protocol") == "WEBSOCKET"
    asked = [each for each in mappings(routes, "the routes") if _can_ask(each, websocket=websocket)]
    if not asked:
        return not_applicable("the API has no route that could ask who calls")
    found = _without_authorization(asked)
    if found:
        return failed("a route has no authorization", Routes=found)
    return passed("every route has authorization")


def _can_ask(route: Mapping[str, Any], *, websocket: bool) -> bool:
    key = text(route.get("RouteKey"), "a route's key")
    return key == "$connect" if websocket else not key.startswith("OPTIONS ")


def _without_authorization(routes: Sequence[Mapping[str, Any]]) -> list[Any]:
    return [each.get("RouteKey") for each in routes if each.get("AuthorizationType") in (None, "NONE")]
