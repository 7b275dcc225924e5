"""AWS IAM: the account and its root, users, groups, roles, managed policies, server certificates."""
