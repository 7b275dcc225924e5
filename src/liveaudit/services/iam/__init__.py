"""AWS IAM: the account and its root, users, groups, roles, managed policies, server certificates. Importing it registers its policies."""

from liveaudit.services.iam import (
    account,
    groups,
    ignored,
    inline_policies,
    managed_policies,
    roles,
    server_certificates,
    users,
)
from liveaudit.services.iam.service import service

__all__ = [
    "account",
    "groups",
    "ignored",
    "inline_policies",
    "managed_policies",
    "roles",
    "server_certificates",
    "service",
    "users",
]
