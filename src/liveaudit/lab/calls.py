"""From an HTTP request to the operation it calls and its parameters, by botocore's models and moto's routers."""

from __future__ import annotations

import functools
import io
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from liveaudit.lab import internals
from liveaudit.lab.accounts import Identity

_SIGNED_AS = {
    "access-analyzer": ("accessanalyzer",),
    "airflow": ("mwaa",),
    "apigateway": ("apigateway", "apigatewayv2"),
    "aps": ("amp",),
    "bedrock": ("bedrock", "bedrock-agent", "bedrock-runtime"),
    "elasticfilesystem": ("efs",),
    "elasticloadbalancing": ("elbv2", "elb"),
    "elasticmapreduce": ("emr",),
    "es": ("opensearch", "es"),
    "eventbridge": ("events",),
    "geo": ("location",),
    "monitoring": ("cloudwatch",),
    "s3": ("s3control", "s3"),
    "servicecatalog": ("servicecatalog", "servicecatalog-appregistry"),
    "ses": ("sesv2", "ses"),
    "sso": ("sso-admin",),
    "states": ("stepfunctions",),
    "tagging": ("resourcegroupstaggingapi",),
}
_S3_CONTROL_PATH = "/v20180820/"
_ROUTING = threading.Lock()
"""A router compiles its rules at its first match; CPython 3.11's parser fails when another thread compiles meanwhile."""


@dataclass
class Call:
    """One API call, as far as it could be recognised."""

    service: str
    """botocore's name."""
    signing_name: str
    operation: str
    """botocore's name of the operation, empty when the request fits none."""
    region: str
    identity: Identity
    protocol: str
    environ: Mapping[str, Any]
    body: bytes
    path_params: Mapping[str, Any]
    model: Any
    """botocore's model of the operation, None when there is none."""
    request_id: str

    @functools.cached_property
    def request(self) -> Any:
        """The request as moto's routers and parsers take it."""
        copied = {**self.environ, "wsgi.input": io.BytesIO(self.body), "CONTENT_LENGTH": str(len(self.body))}
        return internals.module("core.request").Request(copied)

    @property
    def account(self) -> str:
        """The caller's account, whose configuration the call reads or changes."""
        return self.identity.account

    def params(self) -> dict[str, Any]:
        """The decoded parameters by botocore's names. Raises what moto's parser raises for a malformed request."""
        if self.model is None:
            return {}
        parser = internals.module("core.parse").PROTOCOL_PARSERS[self.protocol](self.model)
        params: dict[str, Any] = parser.parse(
            {
                "method": self.request.method,
                "values": self.request.values,
                "headers": self.request.headers,
                "body": self.body,
                "url_path": self.request.path,
                "url_params": dict(self.path_params),
            }
        )
        return params

    def answer(self, status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        """The decoded answer: the output's members, or ``Error`` with ``Code`` and ``Message``."""
        from botocore.awsrequest import HeadersDict
        from botocore.parsers import create_parser

        parser = create_parser(self.protocol)
        parsed: dict[str, Any] = parser.parse(
            {"status_code": status, "headers": HeadersDict(headers), "body": body},
            _output_shape(self.service, self.operation),
        )
        return parsed


def recognise(environ: Mapping[str, Any], body: bytes, identity: Identity) -> Call:
    """What ``environ`` calls. An unknown operation gives a ``Call`` without model, never an error."""
    region, signing_name = _scope(environ.get("HTTP_AUTHORIZATION", ""))
    call = Call(
        signing_name,
        signing_name,
        "",
        region,
        identity,
        "rest-xml",
        environ,
        body,
        {},
        None,
        str(uuid.uuid4()),
    )
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    for service in _candidates(signing_name, environ["PATH_INFO"]):
        if target and (model := _targeted(service, target)) is not None:
            call.service, call.operation, call.model, call.protocol = service, model.name, model, "json"
            break
        if not target and (found := _route(service, call.request)) is not None:
            call.service = service
            call.model, call.path_params, call.protocol = found
            call.operation = call.model.name
            break
    return call


@functools.lru_cache(maxsize=4096)
def _targeted(service: str, target: str) -> Any:
    from botocore.exceptions import UnknownServiceError
    from botocore.model import OperationNotFoundError

    prefix, _, operation = target.rpartition(".")
    try:
        described = internals.module("core.utils").get_service_model(service)
        if described.metadata.get("targetPrefix") != prefix:
            return None
        return described.operation_model(operation)
    except (UnknownServiceError, OperationNotFoundError):
        return None


def iam_prefix(call: Call) -> str:
    """The service's prefix in IAM actions."""
    return call.signing_name


def _scope(authorization: str) -> tuple[str, str]:
    try:
        scope = authorization.split("Credential=", 1)[1].split(",", 1)[0].split("/")
        return scope[2], scope[3].lower()
    except IndexError:
        return "us-east-1", "s3"


def _candidates(signing_name: str, path: str) -> tuple[str, ...]:
    if signing_name == "s3":
        return ("s3control",) if path.startswith(_S3_CONTROL_PATH) else ("s3",)
    return _SIGNED_AS.get(signing_name, (signing_name,))


def _route(service: str, request: Any) -> tuple[Any, Mapping[str, Any], str] | None:
    from botocore.exceptions import UnknownServiceError
    from werkzeug.exceptions import NotFound

    try:
        router = internals.module("core.routing").get_service_router(service)
        with _ROUTING:
            model, path_params = router.match(request)
        described = internals.module("core.utils").get_service_model(service)
        version = request.values.get("Version")
        if version and described.protocol in ("query", "ec2") and version != described.api_version:
            return None
        protocol = internals.module("core.request").determine_request_protocol(
            described, request.content_type
        )
    except (NotFound, NotImplementedError, UnknownServiceError):
        return None
    return model, path_params, protocol


@functools.lru_cache(maxsize=4096)
def _output_shape(service: str, operation: str) -> Any:
    described = internals.module("core.utils").get_service_model(service)
    return described.operation_model(operation).output_shape
