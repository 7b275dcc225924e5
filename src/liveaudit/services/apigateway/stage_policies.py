"""The policies of API Gateway on stages, where an API is deployed. The verdict is the API's, and names the stages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from liveaudit.model import Severity, Verdict, failed, not_applicable, passed
from liveaudit.policies.checks import flag, member
from liveaudit.policies.secrets import without_secrets
from liveaudit.policies.shapes import mapping, mappings, rule, text
from liveaudit.services.apigateway.resources import api, rest_api

Stage = Mapping[str, Any]
_NOWHERE = not_applicable("the API has no stage")
_LOGGED = ("ERROR", "INFO")
_EVERY_METHOD = "*/*"


def _no_stage(stages: Any, is_wrong: Callable[[Stage], bool], wrong: str, right: str) -> Verdict:
    """FAIL with the names of the stages that are wrong."""
    found = mappings(stages, "the stages")
    if not found:
        return _NOWHERE
    names = [_name(each) for each in found if is_wrong(each)]
    return failed(wrong, stages=names) if names else passed(right)


def _name(stage: Stage) -> str:
    return text(stage.get("stageName") or stage.get("StageName"), "a stage's name")


def _settings(stage: Stage) -> dict[str, Mapping[str, Any]]:
    """What is set for methods, by ``path/METHOD``; ``*/*`` is all of them."""
    settings = mapping(stage.get("methodSettings") or {}, "methodSettings")
    return {path: mapping(each, "a method's settings") for path, each in settings.items()}


@rule(
    rest_api,
    "apigateway_restapi_logging_enabled",
    Severity.MEDIUM,
    title="Stages of REST APIs log the execution of calls",
    why="Without logs nobody can tell what was called and how it ended, nor trace an attack.",
    fix="Set the log level of every stage to ERROR or INFO, and of every method that has settings of its own.",
)
def execution_is_logged(stages: Any) -> Verdict:
    """CIS 7.0, 4.10; Security Hub APIGateway.1."""
    return _no_stage(
        stages,
        lambda stage: not _is_logged(stage),
        "stages do not log the execution of all their methods",
        "every stage logs the execution of calls",
    )


def _is_logged(stage: Stage) -> bool:
    """A method's own settings count where they name a level; else the stage's level is the method's."""
    levels = {path: each.get("loggingLevel") for path, each in _settings(stage).items()}
    own = [level for level in levels.values() if level is not None]
    return levels.get(_EVERY_METHOD) in _LOGGED and all(level in _LOGGED for level in own)


@rule(
    rest_api,
    "apigateway_restapi_waf_acl_attached",
    Severity.MEDIUM,
    title="Stages of REST APIs stand behind a web ACL",
    why="Without AWS WAF every request, an attack on the application too, reaches what stands behind the API.",
    fix="Associate a web ACL of AWS WAF with every stage.",
)
def web_acls_are_attached(stages: Any) -> Verdict:
    """Security Hub APIGateway.4. GetStages tells the web ACL, of AWS WAF and of its first version (WAF Classic)."""
    return _no_stage(
        stages,
        lambda stage: not stage.get("webAclArn"),
        "stages have no web ACL",
        "every stage has a web ACL",
    )


@rule(
    rest_api,
    "apigateway_restapi_no_secrets_in_stage_variables",
    Severity.HIGH,
    title="Stage variables hold no secrets",
    why="Everybody who may read the API's configuration reads the values of its stage variables.",
    fix="Keep the secret in Secrets Manager or Parameter Store, and change it, for it has been shown.",
)
def variables_hold_no_secret(stages: Any) -> Verdict:
    """Variables that a canary replaces are looked at too."""
    found = mappings(stages, "the stages")
    if not found:
        return _NOWHERE
    variables = [
        {**variable, "stage": _name(each)}
        for each in found
        for variable in mappings(each.get("Variables"), "the variables of a stage")
    ]
    return without_secrets(variables, "the variables of the stages")


@rule(
    rest_api,
    "apigateway_restapi_cache_encrypted",
    Severity.MEDIUM,
    title="What stages of REST APIs cache is encrypted",
    why="The cache holds answers as they were given to callers, personal data too.",
    fix="Set cacheDataEncrypted for all methods of every stage that caches.",
)
def caches_are_encrypted(stages: Any) -> Verdict:
    """Security Hub APIGateway.5."""
    caching = [
        each
        for each in mappings(stages, "the stages")
        if flag(each, "cacheClusterEnabled", "a stage") and _cached(each)
    ]
    if not caching:
        return not_applicable("no stage caches answers")
    return _no_stage(
        caching,
        lambda stage: (
            not all(flag(each, "cacheDataEncrypted", "a method's settings") for each in _cached(stage))
        ),
        "stages cache answers that are not encrypted",
        "every cache is encrypted",
    )


def _cached(stage: Stage) -> Sequence[Mapping[str, Any]]:
    """The settings of methods whose answers are cached."""
    return [each for each in _settings(stage).values() if flag(each, "cachingEnabled", "a method's settings")]


@rule(
    rest_api,
    "apigateway_restapi_client_certificate_enabled",
    Severity.MEDIUM,
    title="Stages of REST APIs show a client certificate to what stands behind them",
    why="Without it the servers behind an API cannot tell its calls from those that go past it.",
    fix="Generate a client certificate, give it to every stage, and let the servers behind ask for it.",
)
def client_certificates_are_shown(stages: Any) -> Verdict:
    """Security Hub APIGateway.2."""
    return _no_stage(
        stages,
        lambda stage: not stage.get("clientCertificateId"),
        "stages have no client certificate",
        "every stage has a client certificate",
    )


@rule(
    rest_api,
    "apigateway_restapi_tracing_enabled",
    Severity.LOW,
    title="Stages of REST APIs are traced with X-Ray",
    why="Traces show where calls are slow or fail, and that something behind the API changed.",
    fix="Turn X-Ray tracing on for every stage.",
)
def calls_are_traced(stages: Any) -> Verdict:
    """Security Hub APIGateway.3."""
    return _no_stage(
        stages,
        lambda stage: not flag(stage, "tracingEnabled", "a stage"),
        "stages are not traced",
        "every stage is traced",
    )


@rule(
    api,
    "apigatewayv2_api_access_logging_enabled",
    Severity.MEDIUM,
    title="Stages of HTTP and WebSocket APIs log who calls",
    why="Without access logs nobody can tell who called what, nor trace an attack.",
    fix="Turn on access logging into a log group, for every stage.",
)
def access_is_logged(stages: Any) -> Verdict:
    """CIS 7.0, 4.10; Security Hub APIGateway.9."""
    return _no_stage(
        stages,
        lambda stage: not member(stage, "AccessLogSettings.DestinationArn", "a stage"),
        "stages have no access log",
        "every stage has an access log",
    )
