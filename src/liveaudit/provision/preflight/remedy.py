"""The commands that mend what a check found, quoted for a POSIX shell. Pure."""

from __future__ import annotations

import shlex

from liveaudit.provision.installation import Installation


def command(*words: str) -> str:
    """One command line. What stands in the words cannot become a command of its own."""
    return shlex.join(words)


def make_documents(account: str) -> str:
    """Print all that an account's owner makes, as a template, and roll it out: run with the owner's credentials."""
    file = f"liveaudit-{account}.yaml"
    printed = command("liveaudit", "iam", "--account", account, "--format", "cloudformation")
    deploy = command(
        *("aws", "cloudformation", "deploy", "--stack-name", "liveaudit-roles", "--template-file", file),
        *("--capabilities", "CAPABILITY_NAMED_IAM"),
    )
    return f"{printed} > {shlex.quote(file)} && {deploy}"


def show_trust(role: str) -> str:
    """Show whom a role trusts: run with the owner's credentials."""
    return command("aws", "iam", "get-role", "--role-name", role, "--query", "Role.AssumeRolePolicyDocument")


def owner(installation: Installation, account: str) -> str:
    """How the person is called who may change IAM in an account."""
    found = [each.name for each in installation.accounts if each.id == account and each.name]
    return f"the owner of account {account}" + (f" ({found[0]})" if found else "")
