"""IAM and STS where moto's fall short: the root row of the credential report, who the caller is, speed after a reset."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from liveaudit.lab import internals
from liveaudit.lab.accounts import Accounts

_CREATED = "2020-01-01T00:00:00+00:00"
_ROOT_ROW = (
    "<root_account>,arn:aws:iam::{account}:root,{created},not_supported,no_information,not_supported,not_supported,false,"
    "false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"
)


def install(patches: internals.Patches, accounts: Accounts) -> None:
    """Mend moto's IAM and STS."""
    managed: dict[tuple[str, str], list[Any]] = {}

    def managed_policies(original: Callable[..., list[Any]], backend: Any) -> list[Any]:
        # reading 1,300 documents anew would make every reset of the lab take half a second
        key = (backend.account_id, backend.region_name)
        if key not in managed:
            managed[key] = original(backend)
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
    patches.wrap("iam.models:IAMBackend.get_account_authorization_details", _in_use)
    patches.wrap("iam.models:IAMBackend.get_credential_report", _with_root)
    patches.wrap("sts.models:STSBackend.get_caller_identity", caller)


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
