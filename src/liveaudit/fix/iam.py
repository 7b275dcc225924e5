"""The fixes of IAM: the account's password policy, and access keys that nobody uses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from liveaudit.fix.row import Call, Fix, Given, Make, Step, UnfixableError

_ACCOUNT = "AWS::IAM::Account"
_DEMANDS = (
    "MinimumPasswordLength",
    "RequireSymbols",
    "RequireNumbers",
    "RequireUppercaseCharacters",
    "RequireLowercaseCharacters",
    "AllowUsersToChangePassword",
    "MaxPasswordAge",
    "PasswordReusePrevention",
    "HardExpiry",
)
"""What UpdateAccountPasswordPolicy takes; what it is not given goes back to the default (IAM API reference)."""
_LONGEST_AGE = "MaxPasswordAge"


def _demands(key: str, wanted: Callable[[Given], Any]) -> Make:
    def make(given: Given) -> Sequence[Step]:
        before = given.sections["password_policy"]
        kept = {name: before[name] for name in _DEMANDS if before.get(name) is not None} if before else {}
        if not kept.get(_LONGEST_AGE):
            # 0 is told where passwords never expire, and refused
            kept.pop(_LONGEST_AGE, None)
        undo = (
            Call("iam", "DeleteAccountPasswordPolicy", {})
            if before is None
            else Call("iam", "UpdateAccountPasswordPolicy", dict(kept))
        )
        return (Step(Call("iam", "UpdateAccountPasswordPolicy", {**kept, key: wanted(given)}), undo),)

    return make


def _password(policy: str, key: str, does: str, wanted: Callable[[Given], Any] = lambda _given: True) -> Fix:
    return Fix(
        (policy,),
        _ACCOUNT,
        _demands(key, wanted),
        frozenset({("iam", "UpdateAccountPasswordPolicy"), ("iam", "DeleteAccountPasswordPolicy")}),
        frozenset({"password_policy"}),
        f"{does} All else that the password policy demands stays.",
        "It concerns users when they next change their password."
        if key != _LONGEST_AGE
        else "Users whose password is older must change it when they next sign in.",
    )


def _limit(given: Given) -> Any:
    return given.values["limit"]


def _deactivates(given: Given) -> Sequence[Step]:
    shown = {str(each.get("AccessKeyId")) for each in given.evidence.get("AccessKeys") or ()}
    chosen = [
        str(each["AccessKeyId"])
        for each in given.sections["access_keys"] or ()
        if each.get("Status") == "Active" and each.get("AccessKeyId") in shown
    ]
    if not chosen:
        raise UnfixableError(
            "the keys that the finding shows are active no longer: wait for the next sweep, then look again"
        )
    return [_turned(given, key) for key in chosen]


def _turned(given: Given, key: str) -> Step:
    named = {"UserName": given.resource.id, "AccessKeyId": key}
    return Step(
        Call("iam", "UpdateAccessKey", {**named, "Status": "Inactive"}),
        Call("iam", "UpdateAccessKey", {**named, "Status": "Active"}),
    )


FIXES = (
    _password(
        "iam_password_policy_minimum_length_14",
        "MinimumPasswordLength",
        "Demands passwords of the length that the policy wants.",
        _limit,
    ),
    _password(
        "iam_password_policy_reuse_24",
        "PasswordReusePrevention",
        "Refuses as many of the last passwords as the policy wants.",
        _limit,
    ),
    _password(
        "iam_password_policy_expires_passwords_within_90_days_or_less",
        _LONGEST_AGE,
        "Has passwords expire within the time that the policy wants.",
        _limit,
    ),
    _password("iam_password_policy_uppercase", "RequireUppercaseCharacters", "Demands an upper-case letter."),
    _password("iam_password_policy_lowercase", "RequireLowercaseCharacters", "Demands a lower-case letter."),
    _password("iam_password_policy_symbol", "RequireSymbols", "Demands a symbol."),
    _password("iam_password_policy_number", "RequireNumbers", "Demands a digit."),
    Fix(
        ("iam_user_accesskey_unused",),
        "AWS::IAM::User",
        _deactivates,
        frozenset({("iam", "UpdateAccessKey")}),
        frozenset({"access_keys"}),
        "Deactivates the access keys that the finding shows; deleting them is left to you.",
        "A program that uses such a key seldom is refused when it next does.",
    ),
)
