"""Who calls: from an access key to an account and to CloudTrail's ``userIdentity``.

The lab's own keys carry their account in the key id. Keys that IAM or STS handed out are learned from the answers of
those calls, because the server sees every one of them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

LAB_USER = "lab-admin"
_LAB_KEY = re.compile(r"AKIA(\d{12})LAB0")
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/")
_PRESIGNED = re.compile(r"(?:^|&)(?:X-Amz-Credential=([^%/&]+)|AWSAccessKeyId=([^&]+))")
_SIGNATURE_2 = re.compile(r"^AWS ([^:]+):")


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key. ``session_token`` is empty for the long-lived ones."""

    access_key_id: str
    secret_access_key: str
    session_token: str = ""


def lab_credentials(account: str) -> Credentials:
    """The lab's own key for ``account``: always the same one."""
    secret = hashlib.sha256(f"liveaudit lab {account}".encode()).hexdigest()[:40]
    return Credentials(f"AKIA{account}LAB0", secret)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who made a call: the account whose key it is, the ARN, and CloudTrail's ``userIdentity``.

    Empty ``arn``: nobody, the call was not signed. ``role_arn``: the role of a session. ``session_policies``:
    documents or ARNs of policies that limit it further. ``is_owner``: one of the lab's own keys.
    """

    account: str
    arn: str
    user_id: str
    user_identity: Mapping[str, Any]
    role_arn: str = ""
    session_policies: tuple[str, ...] | None = None
    is_owner: bool = False


def user_identity(account: str, name: str, access_key_id: str, arn: str | None = None) -> Identity:
    """An IAM user's identity, in CloudTrail's form (CloudTrail User Guide, "userIdentity element")."""
    arn = arn or f"arn:aws:iam::{account}:user/{name}"
    principal = stable_id("AIDA", arn)
    return Identity(
        account,
        arn,
        principal,
        {
            "type": "IAMUser",
            "principalId": principal,
            "arn": arn,
            "accountId": account,
            "accessKeyId": access_key_id,
            "userName": name,
        },
    )


def anonymous(account: str) -> Identity:
    """Nobody: who does not sign a call, which then goes to ``account``."""
    return Identity(
        account, "", "", {"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"}
    )


def session_identity(
    role_arn: str,
    session_arn: str,
    assumed_role_id: str,
    access_key_id: str,
    session_policies: tuple[str, ...] | None = None,
) -> Identity:
    """The identity of a role's session."""
    account = role_arn.split(":")[4]
    created = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Identity(
        account,
        session_arn,
        assumed_role_id,
        {
            "type": "AssumedRole",
            "principalId": assumed_role_id,
            "arn": session_arn,
            "accountId": account,
            "accessKeyId": access_key_id,
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": assumed_role_id.partition(":")[0],
                    "arn": role_arn,
                    "accountId": account,
                    "userName": role_arn.rsplit("/", 1)[-1],
                },
                "webIdFederationData": {},
                "attributes": {"creationDate": created, "mfaAuthenticated": "false"},
            },
        },
        role_arn,
        session_policies,
    )


def stable_id(prefix: str, text: str) -> str:
    """An id as IAM forms them, always the same for the same text."""
    return prefix + hashlib.sha256(text.encode()).hexdigest()[:17].upper()


def access_key_of(authorization: str, query: str) -> str | None:
    """The access key id with which a request is signed, or None. Signatures are not verified."""
    for pattern, text in ((_CREDENTIAL, authorization), (_SIGNATURE_2, authorization), (_PRESIGNED, query)):
        if found := pattern.search(text):
            return next(group for group in found.groups() if group)
    return None


class Accounts:
    """The accounts of this lab and every key that opens one of them."""

    def __init__(self, accounts: Iterable[str]) -> None:
        self.numbers = tuple(accounts)
        self._lock = threading.Lock()
        self._issued: dict[str, Identity] = {}

    def identify(self, access_key_id: str) -> Identity | None:
        """Whose key this is, or None when no account of the lab knows it."""
        if own := _LAB_KEY.fullmatch(access_key_id):
            account = own[1]
            if account not in self.numbers:
                return None
            return replace(user_identity(account, LAB_USER, access_key_id), is_owner=True)
        with self._lock:
            return self._issued.get(access_key_id)

    def learn(
        self, caller: Identity, operation: str, params: Mapping[str, Any], answer: Mapping[str, Any]
    ) -> None:
        """Take in the keys that a successful call of IAM or STS made or removed."""
        with self._lock:
            if operation == "CreateAccessKey":
                key = answer["AccessKey"]
                key_id, name = key["AccessKeyId"], key["UserName"]
                self._issued[key_id] = user_identity(caller.account, name, key_id)
            elif operation == "DeleteAccessKey":
                self._issued.pop(params["AccessKeyId"], None)
            elif operation in {"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"}:
                key_id = answer["Credentials"]["AccessKeyId"]
                session = answer["AssumedRoleUser"]
                self._issued[key_id] = session_identity(
                    params["RoleArn"], session["Arn"], session["AssumedRoleId"], key_id, _limits(params)
                )
            elif operation in {"GetSessionToken", "GetFederationToken"}:
                key_id = answer["Credentials"]["AccessKeyId"]
                limits = (_limits(params) or ()) if operation == "GetFederationToken" else None
                self._issued[key_id] = replace(
                    caller,
                    user_identity={**caller.user_identity, "accessKeyId": key_id},
                    session_policies=limits,
                    is_owner=caller.is_owner and limits is None,
                )

    def reset(self) -> None:
        """Forget every key that was handed out."""
        with self._lock:
            self._issued.clear()


def _limits(params: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The session policies that a call of STS gives, None when it gives none."""
    arns = [str(one["arn"]) for one in params.get("PolicyArns") or [] if "arn" in one]
    given = (*([params["Policy"]] if params.get("Policy") else []), *arns)
    return given or None
