"""IAM and STS where moto's fall short: the root row of the credential report, who the caller is, speed after a reset,
the simulation of policies.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from liveaudit.lab import errors, internals
from liveaudit.lab.accounts import Accounts
from liveaudit.lab.calls import Call
from liveaudit.lab.errors import Refusal
from liveaudit.lab.permissions import simulation
from liveaudit.lab.permissions.authority import named
from liveaudit.lab.permissions.directory import Directory
from liveaudit.lab.permissions.evaluation import Policies
from liveaudit.lab.permissions.gate import parameters

Answer = tuple[int, list[tuple[str, str]], bytes]

_CREATED = "2020-01-01T00:00:00+00:00"
_ROOT_ROW = (
    "<root_account>,arn:aws:iam::{account}:root,{created},not_supported,no_information,not_supported,not_supported,false,"
    "false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"
)


def install(patches: internals.Patches, accounts: Accounts) -> None:
    """Mend moto's IAM and STS."""
    managed: dict[tuple[str, str], list[Any]] = {}
    read: dict[str, list[Any]] = {}

    def managed_policies(original: Callable[..., list[Any]], backend: Any) -> list[Any]:
        # reading 1,300 documents anew would make every reset of the lab take half a second, and every account too
        key = (backend.account_id, backend.region_name)
        if key not in managed:
            if backend.region_name not in read:
                read[backend.region_name] = original(backend)
            managed[key] = [_copied(one, backend.account_id) for one in read[backend.region_name]]
        for policy in managed[key]:
            policy.attachment_count = 0
        return list(managed[key])

    def caller(
        original: Callable[..., tuple[str, str, str]], backend: Any, access_key_id: str, region: str
    ) -> tuple[str, str, str]:
        identity = accounts.identify(access_key_id)
        if identity is None:
            return original(backend, access_key_id, region)
        return identity.user_id, identity.arn, identity.account

    patches.wrap("iam.models:IAMBackend._init_aws_policies", managed_policies)
    patches.wrap("iam.models:IAMBackend.create_role", _role_created)
    patches.wrap("iam.models:IAMBackend.put_role_permissions_boundary", _role_bound)
    patches.wrap("iam.models:IAMBackend.get_account_authorization_details", _in_use)
    patches.wrap("iam.models:IAMBackend.get_credential_report", _with_root)
    patches.wrap("sts.models:STSBackend.get_caller_identity", caller)


def _role_created(
    original: Callable[..., Any],
    backend: Any,
    role_name: str,
    assume_role_policy_document: str,
    path: str,
    permissions_boundary: str | None,
    *args: Any,
    **kwargs: Any,
) -> Any:
    if permissions_boundary:
        _check_boundary(backend, permissions_boundary)
    return original(
        backend, role_name, assume_role_policy_document, path, permissions_boundary, *args, **kwargs
    )


def _role_bound(original: Callable[..., Any], backend: Any, role_name: str, permissions_boundary: str) -> Any:
    _check_boundary(backend, permissions_boundary)
    return original(backend, role_name, permissions_boundary)


def _check_boundary(backend: Any, arn: str) -> None:
    if arn not in backend.managed_policies:
        missing = internals.module("iam.exceptions").NotFoundException
        raise missing(f"Scope ARN: {arn} does not exist or is not attachable.")


def _copied(policy: Any, account: str) -> Any:
    copied = copy.copy(policy)
    copied.account_id = account
    return copied


def _in_use(
    original: Callable[..., dict[str, Any]], backend: Any, policy_filter: list[str]
) -> dict[str, Any]:
    """Of AWS's own policies only those that are attached to something, as AWS lists them; all take moto two seconds."""
    details = original(backend, policy_filter)
    unused = {id(policy) for policy in backend.aws_managed_policies if not policy.attachment_count}
    details["managed_policies"] = [one for one in details["managed_policies"] if id(one) not in unused]
    for policy in details["managed_policies"]:
        policy.policy_name = policy.name  # moto leaves the name out of this answer
    return details


def _with_root(original: Callable[..., str], backend: Any) -> str:
    report = original(backend)
    header, _, users = report.partition("\n")
    return f"{header}\n{_ROOT_ROW.format(account=backend.account_id, created=_CREATED)}\n{users}"


def answer(call: Call, directory: Directory) -> Answer | None:
    """The answer to a simulation of policies, None for every other call."""
    if call.service != "iam" or call.operation not in ("SimulatePrincipalPolicy", "SimulateCustomPolicy"):
        return None
    params = parameters(call)
    source = str(
        params.get("PolicySourceArn") or params.get("CallerArn") or f"arn:aws:iam::{call.account}:root"
    )
    principal = named(source)
    policies: Policies | None = Policies()
    if call.operation == "SimulatePrincipalPolicy":
        policies = directory.policies(principal)
    if policies is None:
        text = f"There is no user or role {source}."
        return _refuse(call, Refusal("NoSuchEntity", text, 404))
    question = simulation.Question(principal, simulation.with_given(policies, params), params)
    try:
        return _render(call, simulation.simulate(question))
    except simulation.InvalidQuestionError as error:
        return _refuse(call, Refusal("InvalidInput", str(error), 400))


def _refuse(call: Call, refusal: Refusal) -> Answer:
    return errors.render(refusal, call.service, call.protocol, call.request_id)


def _render(call: Call, output: Mapping[str, Any]) -> Answer:
    serialize = internals.module("core.serialize")
    serializer = serialize.SERIALIZERS[call.protocol](
        call.model, serialize.SerializationContext(call.request_id)
    )
    answered = serializer.serialize(output)
    content = str(answered["body"]).encode()
    headers = {**answered["headers"], "Content-Length": str(len(content))}
    return answered["status_code"], list(headers.items()), content
