"""The policies of the account as a whole: its root, its password policy, its identity providers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from liveaudit.model import Resource, Severity, Verdict, failed, not_applicable, passed, unknown
from liveaudit.policies.clock import Now
from liveaudit.policies.parameters import Parameter, number
from liveaudit.policies.shapes import mapping, mappings, moment, rule, text, texts, whole_number
from liveaudit.services.iam.resources import account

ROOT_IDLE = 1
"""Days. Root used within this time counts as used: the next day the finding is resolved by itself."""

_WHY_ROOT = "The root can do everything in the account, and no policy of the account restricts it."
_LAST_USES = ("password_last_used", "access_key_1_last_used_date", "access_key_2_last_used_date")
_NEVER = frozenset({"", "N/A", "no_information", "not_supported"})


def _root(summary: Any, key: str) -> int:
    return whole_number(mapping(summary, "the account's summary").get(key), key)


def _cannot_sign_in(summary: Any) -> bool:
    """Whether the root's password and keys were taken away ("Centrally manage root access for member accounts")."""
    given = mapping(summary, "the account's summary")
    return given.get("AccountPasswordPresent") == 0 and given.get("AccountAccessKeysPresent") == 0


@rule(
    account,
    "iam_no_root_access_key",
    Severity.CRITICAL,
    title="The root has no access key",
    why=f"{_WHY_ROOT} Whoever finds such a key owns the account.",
    fix="Delete the key: signed in as the root, or for a member account with the central root access of "
    "the organization.",
)
def root_has_no_access_key(summary: Any) -> Verdict:
    """CIS 7.0 2.4; IAM user guide, "Root user best practices for your AWS account"."""
    keys = _root(summary, "AccountAccessKeysPresent")
    if keys:
        return failed("the root has an access key", AccountAccessKeysPresent=keys)
    return passed("the root has no access key")


@rule(
    account,
    "iam_root_mfa_enabled",
    Severity.CRITICAL,
    title="The root signs in with MFA",
    why=f"{_WHY_ROOT} Without MFA its password, or the mailbox that resets it, is enough to take the account over.",
    fix="Sign in as the root and register an MFA device under Security credentials.",
)
def root_has_mfa(summary: Any) -> Verdict:
    """CIS 7.0 2.5; IAM user guide, "Multi-factor authentication for AWS account root user"."""
    if _root(summary, "AccountMFAEnabled"):
        return passed("the root has MFA")
    if _cannot_sign_in(summary):
        return not_applicable("the root has neither a password nor a key")
    return failed("the root has no MFA", AccountMFAEnabled=0)


@rule(
    account,
    "iam_root_hardware_mfa_enabled",
    Severity.CRITICAL,
    title="The root's MFA is a hardware device",
    why=f"{_WHY_ROOT} A virtual device lives on a phone, and can be copied, phished or lost with it.",
    fix="Register a security key or hardware token for the root, then remove its virtual device.",
)
def root_mfa_is_hardware(summary: Any, virtual_mfa_devices: Any) -> Verdict:
    """CIS 7.0 2.6; Security Hub IAM.6: any virtual device by which the root may sign in fails."""
    devices = mappings(virtual_mfa_devices, "the virtual MFA devices")
    if devices:
        return failed(
            "the root signs in with a virtual MFA device",
            SerialNumbers=[each.get("SerialNumber") for each in devices],
        )
    if _root(summary, "AccountMFAEnabled"):
        return passed("the root has MFA, and no virtual device")
    if _cannot_sign_in(summary):
        return not_applicable("the root has neither a password nor a key")
    return failed("the root has no MFA at all", AccountMFAEnabled=0)


@rule(
    account,
    "iam_avoid_root_usage",
    Severity.HIGH,
    title="The root is not used",
    why=f"{_WHY_ROOT} Daily work as the root leaves nobody to hold to account.",
    fix="Do the task with an IAM role that has only what it needs; what only the root can do is listed in "
    "the IAM user guide, and for members of an organization central root access does some of it.",
    takes=(number("days", ROOT_IDLE, "Days for which a use of the root counts."),),
)
def root_is_not_used(credential_report: Any, now: Now, days: int) -> Verdict:
    """CIS 7.0 2.7; IAM user guide, "Getting credential reports for your AWS account"."""
    row = mapping(credential_report, "the credential report").get("root")
    if row is None:
        return unknown("the credential report has no row for the root")
    row = mapping(row, "the root's row")
    uses = {}
    for column in _LAST_USES:
        written = text(row.get(column), column)
        if written not in _NEVER and not now.older_than(moment(written, column), dt.timedelta(days=days)):
            uses[column] = written
    told = "a day" if days == 1 else f"{days} days"
    if uses:
        return failed(f"the root was used within {told}", **uses)
    return passed(f"the root was not used within {told}")


@dataclass(frozen=True, slots=True)
class _PasswordRule:
    """One demand on the password policy. ``lacks``: what is wrong with the value by the limit, or None; ``limit``: what
    its users may set, None where there is nothing to."""

    id: str
    severity: Severity
    key: str
    title: str
    why: str
    lacks: Callable[[Any, int], str | None]
    limit: Parameter | None = None


def _at_least(value: Any, limit: int) -> str | None:
    return None if value is not None and whole_number(value, "the value") >= limit else f"is below {limit}"


def _expires_within(value: Any, limit: int) -> str | None:
    if not value:
        return "is not set: passwords never expire"
    return None if whole_number(value, "MaxPasswordAge") <= limit else f"is above {limit}"


def _required(value: Any, _limit: int) -> str | None:
    return None if value is True else "is not required"


_GUESSING = (
    "Each kind of character that a password must have makes it harder to guess and rules out single words."
)
_CHARACTERS = (
    ("uppercase", Severity.MEDIUM, "RequireUppercaseCharacters", "an upper-case letter"),
    ("lowercase", Severity.LOW, "RequireLowercaseCharacters", "a lower-case letter"),
    ("symbol", Severity.MEDIUM, "RequireSymbols", "a symbol"),
    ("number", Severity.MEDIUM, "RequireNumbers", "a digit"),
)
_PASSWORD_RULES = (
    _PasswordRule(
        "iam_password_policy_minimum_length_14",
        Severity.MEDIUM,
        "MinimumPasswordLength",
        "Passwords have 14 characters at least",
        "Length is what makes a password hard to guess; without a password policy eight characters are enough.",
        _at_least,
        number("limit", 14, "Characters that a password must have at least.", least=6, most=128),
    ),
    _PasswordRule(
        "iam_password_policy_reuse_24",
        Severity.MEDIUM,
        "PasswordReusePrevention",
        "The last 24 passwords cannot be used again",
        "A password that leaked once stays dangerous if its owner may go back to it.",
        _at_least,
        number("limit", 24, "How many of the last passwords must be refused at least.", most=24),
    ),
    _PasswordRule(
        "iam_password_policy_expires_passwords_within_90_days_or_less",
        Severity.MEDIUM,
        "MaxPasswordAge",
        "Passwords expire within 90 days",
        "A password that leaked unnoticed works until it is changed.",
        _expires_within,
        number("limit", 90, "Days after which a password must expire at the latest.", most=1095),
    ),
    *(
        _PasswordRule(
            f"iam_password_policy_{name}",
            severity,
            key,
            f"Passwords have {what}",
            _GUESSING,
            _required,
        )
        for name, severity, key, what in _CHARACTERS
    ),
)


def _add(demand: _PasswordRule) -> None:
    def judged(password_policy: Any, limit: int) -> Verdict:
        if password_policy is None:
            return failed("the account has no password policy", PasswordPolicy=None)
        value = mapping(password_policy, "the password policy").get(demand.key)
        wrong = demand.lacks(value, limit)
        if wrong is None:
            return passed(f"{demand.key} is {value}")
        return failed(f"{demand.key} {wrong}", **{demand.key: value})

    def meets(password_policy: Any) -> Verdict:
        """IAM user guide, "Set an account password policy for IAM users"."""
        return judged(password_policy, 0)

    def meets_limit(password_policy: Any, limit: int) -> Verdict:
        """IAM user guide, "Set an account password policy for IAM users"."""
        return judged(password_policy, limit)

    rule(
        account,
        demand.id,
        demand.severity,
        title=demand.title,
        why=demand.why,
        fix="Demand it in the account's password policy, together with all else that it shall demand: an update "
        "replaces the whole policy.",
        takes=(demand.limit,) if demand.limit else (),
    )(meets_limit if demand.limit else meets)


for _demand in _PASSWORD_RULES:
    _add(_demand)


@rule(
    account,
    "iam_root_credentials_management_enabled",
    Severity.HIGH,
    title="Root credentials of member accounts are managed centrally",
    why="Without it every member account keeps a root password that somebody must guard, and nobody watches.",
    fix="Turn the central management of root credentials on, in the organization's management account.",
)
def root_credentials_are_central(
    organization: Any, central_root_features: Any, resource: Resource
) -> Verdict:
    """CIS 7.0 2.1.1; IAM user guide, "Centrally manage root access for member accounts"."""
    if organization is None:
        return not_applicable("the account is in no organization")
    if mapping(organization, "the organization").get("MasterAccountId") != resource.account:
        return not_applicable("only the organization's management account can tell")
    features = [] if central_root_features is None else texts(central_root_features, "the enabled features")
    if "RootCredentialsManagement" in features:
        return passed("central management of root credentials is on")
    return failed("central management of root credentials is off", EnabledFeatures=features)


@rule(
    account,
    "iam_check_saml_providers_sts",
    Severity.LOW,
    title="People come through a central identity provider",
    why="Users kept in each account are forgotten when somebody leaves; a central directory knows.",
    fix="Set up IAM Identity Center, or a SAML provider in the account.",
)
def has_saml_provider(saml_providers: Any) -> Verdict:
    """CIS 7.0 2.19; IAM user guide, "Create a SAML identity provider in IAM"."""
    providers = mappings(saml_providers, "the SAML providers")
    if providers:
        return passed(f"{len(providers)} SAML provider(s)")
    return failed("the account has no SAML provider", SAMLProviderList=[])
