"""In whose name a stack's resources are made: every action is allowed first, done in moto, and told to CloudTrail.

Source of the words: CloudFormation User Guide, "Resource handler error codes"; CloudTrail User Guide, "userIdentity
element" (``invokedBy``).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from liveaudit.lab import cloudtrail, internals, management
from liveaudit.lab.accounts import Identity, session_identity, stable_id
from liveaudit.lab.calls import Call
from liveaudit.lab.cloudtrail import Outcome, Place
from liveaudit.lab.delivery import Bus, Envelope
from liveaudit.lab.rights import Permissions, role_of
from liveaudit.lab.stacks.demands import handler_permissions
from liveaudit.model import LiveauditError

SERVICE = "cloudformation.amazonaws.com"
Subject = tuple[str, Mapping[str, str]]
"""What an action is on: an ARN, and the condition keys that come with it."""
_T = TypeVar("_T")


class ResourceFailure(LiveauditError):  # noqa: N818 - CloudFormation's word
    """A resource that could not be made, changed or deleted; the text is the ``ResourceStatusReason``."""

    def __init__(self, message: str, code: str = "GeneralServiceException", service: str = "") -> None:
        detail = f"{message} (Service: {service}, Status Code: 400)" if service else message
        super().__init__(
            f'Resource handler returned message: "{detail}" '
            f"(RequestToken: {uuid.uuid4()}, HandlerErrorCode: {code})"
        )
        self.message = message
        self.code = code


class Denied(ResourceFailure):
    """An action that is not allowed; nothing was done yet."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Acts in one account and region."""

    account: str
    region: str
    identity: Identity
    principal: str
    """The ARN of the role or user whose permissions count; empty: AWS's own or the lab's, which may do everything."""
    permissions: Permissions
    post: Callable[[Bus, Envelope], None]

    def arn(self, service: str, resource: str, *, everywhere: bool = False) -> str:
        """An ARN in this account. ``everywhere``: of a service without regions."""
        return f"arn:aws:{service}:{'' if everywhere else self.region}:{self.account}:{resource}"

    def why_not(self, action: str, arn: str, context: Mapping[str, str] | None = None) -> str:
        """Why this may not be done, in AWS's words; empty when it may."""
        if not self.principal:
            return ""
        given = {"aws:RequestedRegion": self.region, "aws:CalledVia": SERVICE, **(context or {})}
        return self.permissions.decide(self.principal, action, arn, given)

    def demand(
        self,
        resource_type: str,
        handler: str,
        arn: str,
        *,
        spared: Collection[str] = (),
        others: Mapping[str, Sequence[Subject]] | None = None,
        context: Mapping[str, str] | None = None,
        tagged: bool = False,
    ) -> None:
        """Raise Denied unless everything that the handler of a type calls is allowed.

        ``spared``: actions that it does not call this time. ``others``: what an action is on, where not on ``arn``.
        ``context``: the condition keys that come with all of them.
        """
        others, known = others or {}, context or {}
        for action in handler_permissions(resource_type, handler, tagged):
            if action in spared:
                continue
            for subject, more in others.get(action, [(arn, {})]):
                if why := self.why_not(action, subject, {**known, **more}):
                    raise Denied(why, "AccessDenied", action.partition(":")[0].capitalize())

    def do(
        self,
        service: str,
        operation: str,
        params: Mapping[str, Any],
        act: Callable[[], _T],
        answer: Callable[[_T], Mapping[str, Any]] = lambda _made: {},
    ) -> _T:
        """Do what a call of ``operation`` would do, and post its event. Raises ResourceFailure when it is refused."""
        failure: ResourceFailure | None = None
        outcome = Outcome({})
        try:
            made = act()
            outcome = Outcome(answer(made))
        except refusals() as error:
            code, message = refusal_of(error)
            failure = ResourceFailure(message, handler_code(code), service.capitalize())
            outcome = Outcome({}, code, message)
        if management.becomes_event(service, operation):
            self._tell(service, operation, params, outcome)
        if failure is not None:
            raise failure
        return made

    def _tell(self, service: str, operation: str, params: Mapping[str, Any], outcome: Outcome) -> None:
        model = internals.module("core.utils").get_service_model(service)
        environ = {"REMOTE_ADDR": SERVICE, "HTTP_USER_AGENT": SERVICE}
        call = Call(
            service,
            service,
            operation,
            self.region,
            self.identity,
            model.protocol,
            environ,
            b"",
            {},
            model.operation_model(operation),
            str(uuid.uuid4()),
        )
        written = cloudtrail.record(call, params, outcome, Place(cloudtrail.home_region(call)))
        written["userAgent"] = SERVICE
        self.post(Bus(self.account, written["awsRegion"]), cloudtrail.event(written))


def refusals() -> tuple[type[Exception], ...]:
    """The exceptions with which moto refuses a call; anything else is a bug."""
    exceptions = internals.module("core.exceptions")
    return exceptions.ServiceException, exceptions._RESTError


def refusal_of(error: Exception) -> tuple[str, str]:
    """AWS's code and message of one of ``refusals``."""
    code = getattr(error, "error_type", "") or getattr(error, "code", "")
    return str(code), str(getattr(error, "message", "") or error)


def handler_code(code: str) -> str:
    """CloudFormation's ``HandlerErrorCode`` for a service's error code."""
    if "AlreadyExist" in code:
        return "AlreadyExists"
    if "NotFound" in code or "NonExistent" in code or code == "NoSuchEntity":
        return "NotFound"
    if code.startswith(("AccessDenied", "Unauthorized")):
        return "AccessDenied"
    if "LimitExceeded" in code or "OverLimit" in code or "Length" in code:
        return "ServiceLimitExceeded"
    if "Invalid" in code or "Validation" in code or "Malformed" in code:
        return "InvalidRequest"
    return "GeneralServiceException"


def session_of(role_arn: str, session: str) -> Identity:
    """The identity of a role's session that CloudFormation opened."""
    role = role_of(role_arn)
    role_id = str(role.id) if role is not None else stable_id("AROA", role_arn)
    account, name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    arn = f"arn:aws:sts::{account}:assumed-role/{name}/{session}"
    return on_behalf(session_identity(role_arn, arn, f"{role_id}:{session}", stable_id("ASIA", arn)))


def on_behalf(identity: Identity) -> Identity:
    """``identity`` as CloudTrail shows it when CloudFormation makes the call for it."""
    return replace(identity, user_identity={**identity.user_identity, "invokedBy": SERVICE})
