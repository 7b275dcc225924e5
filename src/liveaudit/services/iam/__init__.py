"""AWS IAM: the account and its root, users, groups, roles, managed policies, server certificates. Importing it registers its policies."""

from liveaudit.services.iam import (
    account,
    groups,
    inline_policies,
    managed_policies,
    roles,
    server_certificates,
    users,
)
from liveaudit.services.iam.resources import service

__all__ = [
    "account",
    "groups",
    "inline_policies",
    "managed_policies",
    "roles",
    "server_certificates",
    "service",
    "users",
]
