"""The files that an account's owner gets, and what to do with them. Pure: names and texts, nothing is written here."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from enum import StrEnum

from liveaudit.provision.documents import as_cloudformation, as_terraform
from liveaudit.provision.documents.model import AccountDocuments, Documents, ManagedPolicy
from liveaudit.provision.render.text import json_text

GUIDE = "README.txt"
STACK = "liveaudit-documents"
_TEMPLATE = "roles.template.json"
_STANDING = (
    "What is there already is changed instead: a policy by aws iam create-policy-version --set-as-default, "
    "a role's trust by aws iam update-assume-role-policy."
)


class Format(StrEnum):
    """How the documents are written."""

    JSON = "json"
    CLOUDFORMATION = "cloudformation"
    TERRAFORM = "terraform"


def files(documents: Documents, given: AccountDocuments, form: Format) -> dict[str, str]:
    """File name to text, for one account, in the order in which they are used; the guide is not among them."""
    if form is Format.CLOUDFORMATION:
        return {_TEMPLATE: as_cloudformation.template(given).text()}
    if form is Format.TERRAFORM:
        return {"main.tf": as_terraform.configuration(given, documents.home)}
    made = {_policy_file(each): json_text(each.document) for each in given.policies}
    for role in given.roles:
        made[f"{role.name}.trust.json"] = json_text(role.trust)
        made |= {_inline_file(role.name, each): json_text(each.document) for each in role.inline}
    return made


def guide(documents: Documents, given: AccountDocuments, form: Format) -> str:
    """What is to be made, why, and by which commands, typed by an administrator of the account in the files' folder."""
    lines = [f"{' '.join((given.account, given.name)).rstrip()}: {', '.join(given.parts)}", ""]
    lines += _contents(given)
    lines += ["", "An administrator of the account types, in the folder of these files:", ""]
    lines += [f"  {command}" for command in _commands(documents, given, form)]
    if form is Format.JSON:
        lines += ["", _STANDING]
    if given.steps:
        lines += ["", *given.steps]
    return "\n".join(lines) + "\n"


def _contents(given: AccountDocuments) -> Iterator[str]:
    for policy in given.policies:
        yield f"policy {policy.name}: {policy.why}"
        yield from (f"    {each.sid}: {each.why}" for each in policy.statements)
    for role in given.roles:
        yield f"role {role.name}: {role.why}"
        yield from (f"    trusts {each.sid}: {each.why}" for each in role.trusts)
        if role.attached:
            yield f"    with {', '.join(role.attached)}"
        for policy in role.inline:
            yield from (f"    {each.sid}: {each.why}" for each in policy.statements)


def _commands(documents: Documents, given: AccountDocuments, form: Format) -> Iterator[str]:
    if form is Format.CLOUDFORMATION:
        yield shlex.join(
            [
                *("aws", "cloudformation", "deploy", "--region", documents.home, "--stack-name", STACK),
                *("--template-file", _TEMPLATE, "--capabilities", as_cloudformation.CAPABILITY),
            ]
        )
        return
    if form is Format.TERRAFORM:
        yield "terraform init"
        yield "terraform apply"
        return
    for policy in given.policies:
        yield _aws(
            "create-policy",
            *("--policy-name", policy.name, "--description", policy.why),
            *("--policy-document", f"file://{_policy_file(policy)}"),
        )
    for role in given.roles:
        path = () if role.path == "/" else ("--path", role.path)
        yield _aws(
            "create-role",
            *("--role-name", role.name, *path, "--description", role.why),
            *("--assume-role-policy-document", f"file://{role.name}.trust.json"),
        )
        for name in role.attached:
            arn = f"arn:{documents.partition}:iam::{given.account}:policy/{name}"
            yield _aws("attach-role-policy", "--role-name", role.name, "--policy-arn", arn)
        for policy in role.inline:
            yield _aws(
                "put-role-policy",
                *("--role-name", role.name, "--policy-name", policy.name),
                *("--policy-document", f"file://{_inline_file(role.name, policy)}"),
            )


def _aws(*words: str) -> str:
    return shlex.join(["aws", "iam", *words])


def _policy_file(policy: ManagedPolicy) -> str:
    return f"{policy.name}.policy.json"


def _inline_file(role: str, policy: ManagedPolicy) -> str:
    return f"{role}.inline.{policy.name}.json"
