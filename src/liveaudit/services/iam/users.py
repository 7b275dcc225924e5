"""The policies of IAM users: their passwords, MFA devices, access keys and rights."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from liveaudit.model import Severity, Verdict, failed, not_applicable, passed
from liveaudit.policies.clock import Now
from liveaudit.policies.parameters import number
from liveaudit.policies.shapes import mapping, mappings, moment, names, rule
from liveaudit.services.iam.resources import user
from liveaudit.services.iam.shapes import has_aws_policy

UNUSED = 45
"""Days. Credentials unused for longer are to be taken away (CIS 7.0 2.11)."""
KEY_AGE = 90
"""Days. Access keys older than this are to be replaced (CIS 7.0 2.12)."""

_NO_PASSWORD = "the user has no console password"  # noqa: S105 - a reason, not a password
_NO_KEY = "the user has no active access key"

_UNUSED = number("days", UNUSED, "Days without use after which credentials must go.")

Key = Mapping[str, Any]


def _active(access_keys: Any) -> Sequence[Key]:
    return [key for key in mappings(access_keys, "the access keys") if key.get("Status") == "Active"]


def _made(key: Key) -> dt.datetime:
    return moment(key.get("CreateDate"), "a key's CreateDate")


def _last_used(key: Key) -> dt.datetime | None:
    used = mapping(key.get("LastUsed"), "a key's LastUsed").get("LastUsedDate")
    return None if used is None else moment(used, "a key's LastUsedDate")


def _shown(key: Key) -> dict[str, Any]:
    used = _last_used(key)
    return {
        "AccessKeyId": key.get("AccessKeyId"),
        "Status": key.get("Status"),
        "CreateDate": _made(key).isoformat(),
        "LastUsedDate": None if used is None else used.isoformat(),
    }


@rule(
    user,
    "iam_user_mfa_enabled_console_access",
    Severity.HIGH,
    title="Users with a console password have MFA",
    why="A password alone can be guessed, phished or reused; the second factor is what then stands in the way.",
    fix="Let the user register an MFA device, or take the password away.",
)
def console_user_has_mfa(login_profile: Any, mfa_devices: Any) -> Verdict:
    """CIS 7.0 2.10; IAM user guide, "AWS Multi-factor authentication in IAM"."""
    if login_profile is None:
        return not_applicable(_NO_PASSWORD)
    if mappings(mfa_devices, "the MFA devices"):
        return passed("the user has MFA")
    return failed("the user has a console password and no MFA", MFADevices=[])


@rule(
    user,
    "iam_user_console_access_unused",
    Severity.MEDIUM,
    title="Console passwords that nobody uses are removed",
    why="A forgotten password is one more way in that nobody watches.",
    fix="Remove the user's console password.",
    takes=(_UNUSED,),
)
def console_password_is_used(user: Any, login_profile: Any, now: Now, days: int) -> Verdict:
    """CIS 7.0 2.11. A password that was never used counts from the day it was made."""
    if login_profile is None:
        return not_applicable(_NO_PASSWORD)
    made = moment(mapping(login_profile, "the login profile").get("CreateDate"), "the password's CreateDate")
    written = mapping(user, "the user").get("PasswordLastUsed")
    used = None if written is None else moment(written, "PasswordLastUsed")
    if not now.older_than(max(made, used or made), dt.timedelta(days=days)):
        return passed(f"the password is new or was used within {days} days")
    return failed(
        f"the password was not used for {days} days" if used else "the password was never used",
        PasswordLastUsed=None if used is None else used.isoformat(),
        CreateDate=made.isoformat(),
    )


@rule(
    user,
    "iam_rotate_access_key_90_days",
    Severity.MEDIUM,
    title="Access keys are replaced every 90 days",
    why="The longer a key lives, the more copies of it lie about, and a stolen one works until it is replaced.",
    fix="Make a new key, put it where the old one is used, then deactivate the old one and delete it. "
    "Better: a role.",
    takes=(number("days", KEY_AGE, "The age in days at which an access key must be replaced."),),
)
def keys_are_young(access_keys: Any, now: Now, days: int) -> Verdict:
    """CIS 7.0 2.12; IAM user guide, "Update access keys"."""
    keys = _active(access_keys)
    if not keys:
        return not_applicable(_NO_KEY)
    old = [_shown(key) for key in keys if now.older_than(_made(key), dt.timedelta(days=days))]
    if old:
        return failed(f"an active access key is older than {days} days", AccessKeys=old)
    return passed(f"no active access key is older than {days} days")


@rule(
    user,
    "iam_user_accesskey_unused",
    Severity.MEDIUM,
    title="Access keys that nobody uses are taken out of use",
    why="A key that nothing needs is only of use to whoever finds it.",
    fix="Deactivate the key, and delete it later.",
    takes=(_UNUSED,),
)
def keys_are_used(access_keys: Any, now: Now, days: int) -> Verdict:
    """CIS 7.0 2.11. A key that was never used counts from the day it was made."""
    keys = _active(access_keys)
    if not keys:
        return not_applicable(_NO_KEY)
    longest = dt.timedelta(days=days)
    idle = [_shown(key) for key in keys if now.older_than(_last_used(key) or _made(key), longest)]
    if idle:
        return failed(f"an active access key was not used for {days} days", AccessKeys=idle)
    return passed(f"every active access key is new or was used within {days} days")


@rule(
    user,
    "iam_user_two_active_access_key",
    Severity.MEDIUM,
    title="Users have one active access key at most",
    why="The second key is meant for the days of a replacement; left active, it doubles what can leak.",
    fix="Deactivate the older key, and delete it later.",
)
def has_one_key(access_keys: Any) -> Verdict:
    """CIS 6.0 2.12; IAM user guide, "Manage access keys for IAM users"."""
    keys = _active(access_keys)
    if len(keys) > 1:
        return failed("the user has two active access keys", AccessKeys=[_shown(key) for key in keys])
    return passed("the user has one active access key at most")


@rule(
    user,
    "iam_user_no_setup_initial_access_key",
    Severity.MEDIUM,
    title="Console users get no access key that nobody asked for",
    why="A key that was made along with the user, just in case, and never used, is forgotten and stays valid.",
    fix="Delete the key; the user makes one when it is needed.",
)
def has_no_initial_key(user: Any, login_profile: Any, access_keys: Any) -> Verdict:
    """CIS 6.0 2.10: made in the set-up of the user, and never used."""
    if login_profile is None:
        return not_applicable(_NO_PASSWORD)
    born = moment(mapping(user, "the user").get("CreateDate"), "the user's CreateDate")
    idle = [
        _shown(key)
        for key in _active(access_keys)
        if _last_used(key) is None and _made(key) - born <= dt.timedelta(minutes=10)
    ]
    if idle:
        return failed("an access key was made with the user and never used", AccessKeys=idle)
    return passed("no access key was made with the user and left unused")


@rule(
    user,
    "iam_user_hardware_mfa_enabled",
    Severity.HIGH,
    title="Users sign in with a hardware MFA device",
    why="A virtual device lives on a phone, and its codes can be phished; a security key's cannot.",
    fix="Let the user register a passkey or security key under Security credentials, then remove the "
    "virtual device.",
)
def mfa_is_hardware(mfa_devices: Any) -> Verdict:
    """IAM user guide, "AWS Multi-factor authentication in IAM": virtual devices have an ``mfa/`` ARN, phones ``sms-mfa/``."""
    serials = names(mfa_devices, "SerialNumber", "the MFA devices")
    if any(not re.search(r":(sms-)?mfa/", serial) for serial in serials):
        return passed("the user has a hardware MFA device")
    return failed(
        "the user has a virtual MFA device only" if serials else "the user has no MFA device",
        SerialNumbers=serials,
    )


@rule(
    user,
    "iam_policy_attached_only_to_group_or_roles",
    Severity.LOW,
    title="Users get their rights through groups",
    why="Rights given to single users are hard to survey, and stay when the person's task changes.",
    fix="Give the rights to a group, put the user into it, and remove the user's own policies.",
)
def has_no_policy_of_its_own(attached_policies: Any, inline_policies: Any) -> Verdict:
    """CIS 7.0 2.13; Security Hub IAM.2."""
    attached = names(attached_policies, "PolicyArn", "the attached policies")
    inline = names(inline_policies, "PolicyName", "the inline policies")
    if attached or inline:
        return failed("the user has policies of its own", AttachedPolicies=attached, PolicyNames=inline)
    return passed("the user has no policy of its own")


@rule(
    user,
    "iam_user_administrator_access_policy",
    Severity.CRITICAL,
    title="No user has AdministratorAccess",
    why="A user's keys and password do not expire; with full rights, one leak gives the account away.",
    fix="Detach AdministratorAccess from the user; let people take a role for administration instead.",
)
def is_no_administrator(attached_policies: Any) -> Verdict:
    """IAM user guide, "AWS managed policies for job functions"."""
    if has_aws_policy(attached_policies, "AdministratorAccess"):
        return failed("AdministratorAccess is attached to the user", AttachedPolicies=["AdministratorAccess"])
    return passed("AdministratorAccess is not attached to the user")


@rule(
    user,
    "iam_administrator_access_with_mfa",
    Severity.HIGH,
    title="Administrators have MFA",
    why="Whoever takes over a member of an administrators' group takes over the account; MFA stands in the way.",
    fix="Let the members without MFA register a device, or take them out of the group.",
)
def administrators_have_mfa(group_policies: Any, mfa_devices: Any) -> Verdict:
    """A group counts as administrators' when AdministratorAccess is attached to it."""
    groups = [
        name
        for name, attached in mapping(group_policies, "the groups' policies").items()
        if attached is not None and has_aws_policy(attached, "AdministratorAccess")
    ]
    if not groups:
        return not_applicable("the user is in no administrators' group")
    if mappings(mfa_devices, "the MFA devices"):
        return passed("the user has MFA")
    return failed("the user is an administrator without MFA", Groups=groups, MFADevices=[])
