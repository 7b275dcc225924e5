"""The policies of Amazon Cognito on user pools."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed
from liveaudit.policies.checks import is_on, is_one_of
from liveaudit.policies.shapes import UnexpectedShapeError, mapping, rule
from liveaudit.services.cognito.resources import user_pool as user_pool_type


@rule(
    user_pool_type,
    "cognito_user_pool_advanced_security_enabled",
    Severity.MEDIUM,
    title="User pools act on threats",
    why="Stolen passwords are tried in bulk; threat protection in full function blocks such a sign-in or asks for more.",
    fix="Set threat protection to full function; it needs the feature plan Plus. UpdateUserPool sets what it is not given back to the default: give it all settings.",
)
def acts_on_threats(user_pool: Any) -> Verdict:
    """FSBP Cognito.1: auditing alone (AUDIT) is not enough."""
    return is_one_of(user_pool, "UserPoolAddOns.AdvancedSecurityMode", "the user pool", ["ENFORCED"])


@rule(
    user_pool_type,
    "cognito_user_pool_mfa_enabled",
    Severity.MEDIUM,
    title="User pools offer a second factor",
    why="With a password alone, whoever has it is in.",
    fix="Require multi-factor authentication, or let users choose it, with an authenticator app rather than SMS.",
)
def offers_a_second_factor(user_pool: Any) -> Verdict:
    """FSBP Cognito.5; developer guide, "Adding MFA to a user pool": it is on when it is required or optional."""
    mode = mapping(user_pool, "the user pool").get("MfaConfiguration")
    if mode in ("ON", "OPTIONAL"):
        return passed("a second factor is required" if mode == "ON" else "users may choose a second factor")
    if mode in (None, "OFF"):
        return failed("there is no second factor", MfaConfiguration=mode)
    raise UnexpectedShapeError(f"MfaConfiguration is {mode!r}")


@rule(
    user_pool_type,
    "cognito_user_pool_deletion_protection_enabled",
    Severity.MEDIUM,
    title="User pools are protected against deletion",
    why="With the pool all its users are gone, and their passwords can be had from nowhere else.",
    fix="Activate deletion protection of the user pool. UpdateUserPool sets what it is not given back to the default: give it all settings.",
)
def is_protected(user_pool: Any) -> Verdict:
    """Cognito developer guide, "Deletion protection"."""
    return is_one_of(user_pool, "DeletionProtection", "the user pool", ["ACTIVE"])


@rule(
    user_pool_type,
    "cognito_user_pool_self_registration_disabled",
    Severity.MEDIUM,
    title="Nobody registers himself in the user pool",
    why="Where roles or applications trust every user of the pool, whoever signs up is in.",
    fix="Let administrators alone create users, unless the pool is for the public. UpdateUserPool sets what it is not given back to the default: give it all settings.",
)
def has_no_self_registration(user_pool: Any) -> Verdict:
    """Cognito developer guide, "Signing up and confirming user accounts"."""
    return is_on(user_pool, "AdminCreateUserConfig.AllowAdminCreateUserOnly", "the user pool")
