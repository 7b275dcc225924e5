"""The WSGI application: who calls what, may it, what does moto say, and which event follows from it."""

from __future__ import annotations

import functools
import http
import io
import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from liveaudit.lab import (
    calls,
    cloudformation,
    cloudtrail,
    ec2,
    errors,
    gaps,
    iam,
    internals,
    management,
    organization,
    regions,
    s3_defaults,
    securityhub,
    sqs_calls,
    trails,
)
from liveaudit.lab.accounts import Accounts, access_key_of, anonymous
from liveaudit.lab.answers import Answer
from liveaudit.lab.call_log import ApiCall, CallLog
from liveaudit.lab.calls import Call
from liveaudit.lab.cloudtrail import Outcome, Place
from liveaudit.lab.delivery import Bus, Envelope
from liveaudit.lab.errors import Refusal
from liveaudit.lab.event_history import EventHistory
from liveaudit.lab.functions import Functions
from liveaudit.lab.knobs import Knobs
from liveaudit.lab.permissions.directory import Directory
from liveaudit.lab.permissions.gate import Gate
from liveaudit.lab.stacks.plane import ControlPlane

Environ = dict[str, Any]
StartResponse = Callable[..., Any]

_LEARNED = {
    ("iam", "CreateAccessKey"),
    ("iam", "DeleteAccessKey"),
    ("sts", "AssumeRole"),
    ("sts", "AssumeRoleWithSAML"),
    ("sts", "AssumeRoleWithWebIdentity"),
    ("sts", "GetFederationToken"),
    ("sts", "GetSessionToken"),
}
_LATE = {
    "cloudformation": cloudformation.install,
    "cloudtrail": trails.install,
    "securityhub": securityhub.install,
}
"""What of moto is mended when it is first asked, because importing it takes long."""


class LabApplication:
    """AWS, as seen from HTTP."""

    def __init__(
        self,
        accounts: Accounts,
        knobs: Knobs,
        log: CallLog,
        lock: threading.RLock,
        patches: internals.Patches,
        post: Callable[[Bus, Envelope], None],
        control: Callable[[str, str, bytes], tuple[int, Any]],
        gate: Gate,
        directory: Directory,
        plane: ControlPlane,
        enabled_regions: Callable[[str], Sequence[str]],
        history: EventHistory,
    ) -> None:
        self._moto = _dispatcher()
        self._accounts = accounts
        self._knobs = knobs
        self._log = log
        self._lock = lock
        self._patches = patches
        self._post = post
        self._control = control
        self._gate = gate
        self._directory = directory
        self._plane = plane
        self._enabled_regions = enabled_regions
        self._history = history
        self._functions = Functions()
        self._mended: set[str] = set()
        self.failures: list[str] = []
        """Exceptions inside moto or the lab while answering a call, which the caller saw as a 500."""

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """WSGI."""
        body = _read_body(environ)
        _normalise(environ)
        if environ["PATH_INFO"].startswith("/_lab/"):
            status, headers, content = self._answer_control(environ, body)
        else:
            status, headers, content = self._answer(environ, body)
        start_response(f"{status} {http.HTTPStatus(status).phrase}", headers)
        return [content]

    def _answer_control(self, environ: Environ, body: bytes) -> Answer:
        status, value = self._control(environ["REQUEST_METHOD"], environ["PATH_INFO"], body)
        content = json.dumps(value).encode()
        return status, [("Content-Type", "application/json"), ("Content-Length", str(len(content)))], content

    def _answer(self, environ: Environ, body: bytes) -> Answer:
        key = access_key_of(environ.get("HTTP_AUTHORIZATION", ""), environ.get("QUERY_STRING", ""))
        nobody = anonymous(self._accounts.numbers[0])
        identity = nobody if key is None else self._accounts.identify(key)
        call = calls.recognise(environ, body, identity or nobody)
        if identity is None or self._is_out_of_reach(call):
            text = "The security token included in the request is invalid."
            code = "UnrecognizedClientException" if "json" in call.protocol else "InvalidClientTokenId"
            return _refuse(call, Refusal("InvalidAccessKeyId" if call.service == "s3" else code, text, 403))
        where = (call.account, call.region, call.service, call.operation)
        self._log.add(ApiCall(*where))
        if seconds := self._knobs.latency(*where):
            time.sleep(seconds)
        params = self._params(call)
        try:
            return self._perform(call, environ, params, self._refusal(call))
        except NotImplementedError as error:
            return _refuse(call, Refusal("NotImplemented", f"moto does not have this: {error}", 501))
        except Exception as error:  # noqa: BLE001 - any bug in moto: the caller gets a 500, the tests see the reason
            self.failures.append(f"{call.service}:{call.operation}: {type(error).__name__}: {error}")
            return _refuse(call, Refusal("InternalFailure", f"{type(error).__name__}: {error}", 500))

    def _refusal(self, call: Call) -> Refusal | None:
        where = (call.account, call.region, call.service, call.operation)
        if self._knobs.is_throttled(*where):
            return errors.throttled(call.service, call.protocol)
        if self._knobs.is_denied(*where):
            caller, prefix = call.identity.arn, calls.iam_prefix(call)
            return errors.denied(call.service, call.protocol, call.operation, caller, prefix)
        return self._gate.refusal(call)

    def _is_out_of_reach(self, call: Call) -> bool:
        """Whether the call goes to a region that the account has not enabled: its keys are unknown there."""
        if call.service in management.GLOBAL_SERVICES:
            return False
        return self._knobs.is_region_disabled(call.account, call.region)

    def _params(self, call: Call) -> dict[str, Any]:
        if not self._follows_up(call):
            return {}
        malformed = internals.module("core.parse").RequestParserError
        try:
            return call.params()
        except (malformed, ValueError, KeyError, TypeError, AttributeError):
            return {}  # moto refuses the same request with the service's own error

    @staticmethod
    def _follows_up(call: Call) -> bool:
        if call.model is None:
            return False
        return (
            management.becomes_event(call.service, call.operation)
            or (call.service, call.operation) in _LEARNED
        )

    def _perform(
        self, call: Call, environ: Environ, params: Mapping[str, Any], refusal: Refusal | None
    ) -> Answer:
        if call.service == "sqs" and management.is_data("sqs", call.operation):
            # never under the lock: a long poll lasts 20 seconds, and the queues have locks of their own
            if refusal:
                return _refuse(call, refusal)
            answer = None
            if call.protocol == "json":
                answer = sqs_calls.answer(
                    call.account, call.region, call.operation, call.body, call.request_id
                )
            return answer or self._ask_moto(call, environ)
        if (call.service, call.operation) == ("lambda", "Invoke"):
            # nor here: a function takes its time, and may call the lab itself
            return _refuse(call, refusal) if refusal else self._functions.answer(call)
        with self._lock:
            place = _place(call, params)
            refusal = refusal or s3_defaults.refusal(call, params)
            answer = _refuse(call, refusal) if refusal else self._answer_itself(call, environ)
            if self._follows_up(call):
                self._follow(call, params, answer, place)
            return answer

    def _answer_itself(self, call: Call, environ: Environ) -> Answer:
        """The lab's own answer, else moto's."""
        if call.service == "organizations":
            return self._ask_organizations(call, environ)
        return (
            ec2.answer(call)
            or iam.answer(call, self._directory)
            or securityhub.answer(call)
            or self._history.answer(call)
            or gaps.answer(call)
            or regions.answer(call, self._enabled_regions)
            or self._plane.answer(call, lambda: self._ask_moto(call, environ))
            or self._ask_moto(call, environ)
        )

    def _ask_organizations(self, call: Call, environ: Environ) -> Answer:
        account, refusal = organization.asked_of(call.account, call.operation)
        if refusal:
            return _refuse(call, refusal)
        answer = self._ask_moto(call, environ, account)
        if answer[0] < 300 and call.operation in organization.MEMBERSHIP:
            self._plane.memberships_changed()
        return answer

    def _ask_moto(self, call: Call, environ: Environ, account: str = "") -> Answer:
        if call.service in _LATE and call.service not in self._mended:
            _LATE[call.service](self._patches)
            self._mended.add(call.service)
        environ["wsgi.input"] = io.BytesIO(call.body)
        environ["CONTENT_LENGTH"] = str(len(call.body))
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = account or call.account
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _info: Any = None) -> None:
            started[:] = [int(status.split(" ", 1)[0]), headers]

        answer = self._moto(environ, start_response)
        try:
            content = b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        status, headers = started
        return status, headers, content

    def _follow(self, call: Call, params: Mapping[str, Any], answer: Answer, place: Place) -> None:
        status, headers, content = answer
        decoded = call.answer(status, {name.lower(): value for name, value in headers}, content)
        if status < 300:
            outcome = Outcome(decoded)
            if (call.service, call.operation) in _LEARNED:
                self._accounts.learn(call.identity, call.operation, params, decoded)
        else:
            error = decoded.get("Error") or {}
            outcome = Outcome({}, str(error.get("Code") or status), str(error.get("Message") or ""))
        if not management.becomes_event(call.service, call.operation):
            return
        if call.service == "s3" and not place.bucket:
            place = _place(call, params)  # CreateBucket: there is a bucket only now
        written = cloudtrail.record(call, params, outcome, place)
        self._post(Bus(written["recipientAccountId"], place.region), cloudtrail.event(written))


def _dispatcher() -> Any:
    """moto's application, which looks into its own folder for every request unless the answer is kept."""
    server = internals.module("moto_server.werkzeug_app")
    application = server.DomainDispatcherApplication(server.create_backend_app)
    of_moto = application.get_backend_for_host

    def backend(host: str | None) -> Any:
        unknown = host is not None and "amazonaws.com" in host
        if unknown and not any(each.match(f"http://{host}") for _, each in application.backend_url_patterns):
            return None  # moto would print advice for its own developers
        return of_moto(host)

    application.get_backend_for_host = functools.cache(backend)
    return application


def _place(call: Call, params: Mapping[str, Any]) -> Place:
    if call.service == "s3" and params.get("Bucket"):
        bucket = s3_defaults.bucket_named(params["Bucket"])
        if bucket is not None:
            return Place(cloudtrail.home_region(call, bucket.region_name), bucket.name, bucket.account_id)
    return Place(cloudtrail.home_region(call))


def _refuse(call: Call, refusal: Refusal) -> Answer:
    status, headers, content = errors.render(refusal, call.service, call.protocol, call.request_id)
    if call.environ["REQUEST_METHOD"] == "HEAD":
        headers = [(name, "0" if name == "Content-Length" else value) for name, value in headers]
        content = b""
    return status, headers, content


def _read_body(environ: Environ) -> bytes:
    stream = environ["wsgi.input"]
    if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        body: bytes = stream.read()
        environ.pop("HTTP_TRANSFER_ENCODING")
        return body
    length = int(environ.get("CONTENT_LENGTH") or 0)
    read: bytes = stream.read(length) if length else b""
    return read


def _normalise(environ: Environ) -> None:
    """Undo what a proxy request adds: the absolute address, and s3control's account in the host name."""
    address = str(environ.get("REQUEST_URI") or environ["PATH_INFO"])
    parts = urlsplit(address)
    if parts.scheme:
        environ["PATH_INFO"] = unquote(parts.path) or "/"
        environ["QUERY_STRING"] = parts.query
        address = parts.path + (f"?{parts.query}" if parts.query else "")
    environ["RAW_URI"] = address
    port = environ.get("SERVER_PORT", "80")
    environ["HTTP_HOST"] = f"127.0.0.1:{port}"
