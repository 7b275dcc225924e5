"""Which files are written, and the guide that says what to do with them. Pure: path to text, nothing is written here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from liveaudit.provision import names
from liveaudit.provision.desired import Desired, StackSet
from liveaudit.provision.emit import as_terraform, commands
from liveaudit.provision.grants import Bus, Grant, wanted_grants
from liveaudit.provision.installation import SetupError
from liveaudit.provision.render.hcl import Block, hcl
from liveaudit.provision.render.text import json_text

GUIDE = "README.md"
_MAIN = "main.tf"


def emit(desired: Desired) -> dict[str, str]:
    """Path to text of every file. Raises SetupError when what is wanted has no form in one of them."""
    granted = _grants(desired)
    files = {_template_file(each): json_text(each.template) for each in desired.stack_sets}
    if desired.stacks and f"cloudformation/{names.MANAGEMENT_STACK}.json" not in files:
        files[f"cloudformation/{names.MANAGEMENT_STACK}.json"] = json_text(desired.stacks[0].template)
    files |= _terraform(desired, granted)
    return {GUIDE: _guide(desired, granted), **files}


def _grants(desired: Desired) -> dict[str, tuple[Grant, ...]]:
    """The statements of each bus, as they are on a bus that has no others."""
    installation = desired.installation
    granted = {
        region: wanted_grants(
            Bus(names.bus_arn(installation.partition, installation.receiver, region)),
            publishers,
            installation.organization,
            everybody=installation.grants_organization,
        )
        for region, publishers in desired.publishers.items()
    }
    return {region: each for region, each in granted.items() if each}


def _template_file(wanted: StackSet) -> str:
    return f"cloudformation/{wanted.key.name}.json"


def _terraform(desired: Desired, granted: Mapping[str, tuple[Grant, ...]]) -> dict[str, str]:
    """A folder an account: its provider, and a file for each region."""
    installation = desired.installation
    files: dict[str, str] = {}
    places: dict[tuple[str, str], list[Block]] = {}
    for wanted in desired.stack_sets:
        if wanted.service_managed:
            template = f"{wanted.key.name}.json"
            sends = granted if wanted.key.name == names.PUBLISHER_STACK_SET else {}
            folder = f"terraform/{installation.receiver}"
            files[f"{folder}/{template}"] = json_text(wanted.template)
            blocks = as_terraform.service_managed(wanted, template, sends)
            files[f"{folder}/{wanted.key.name}.tf"] = hcl(blocks, comment=f"liveaudit: {wanted.what}")
            continue
        for account, region in sorted(wanted.targets):
            blocks = as_terraform.stack(wanted.template, installation.partition, account, region)
            places.setdefault((account, region), []).extend(blocks)
    for stack in desired.stacks:
        blocks = as_terraform.stack(stack.template, installation.partition, stack.account, stack.region)
        places.setdefault((stack.account, stack.region), []).extend(blocks)
    for region, each in granted.items():
        places.setdefault((installation.receiver, region), []).extend(as_terraform.grants(each, region))
    for (account, region), blocks in sorted(places.items()):
        files[f"terraform/{account}/{region}.tf"] = hcl(blocks, comment=f"liveaudit: {account} {region}")
    for account in sorted({each for each, _ in places}):
        head = as_terraform.settings(account, installation.home)
        files[f"terraform/{account}/{_MAIN}"] = hcl(head, comment=f"liveaudit: {account}")
    return files


def _guide(desired: Desired, granted: Mapping[str, tuple[Grant, ...]]) -> str:
    installation = desired.installation
    accounts = len({each for wanted in desired.stack_sets for each, _ in wanted.targets})
    lines = [
        "# liveaudit: the set-up as files",
        "",
        f"{accounts} accounts, {len(installation.regions)} regions; receiver {installation.receiver};",
        f"delivery: {installation.delivery}; rollout: {installation.rollout}.",
        "",
        "Before this, the owner of each account makes the roles: `liveaudit iam` prints them. Then take one of the two ways,",
        "not both, and at the end let `liveaudit setup verify` prove that events arrive.",
        "",
        "## CloudFormation",
        "",
        f"In the receiver ({installation.receiver}), in this folder. An operation on a stack set has to end before the next one on",
        "the same stack set begins: the last command of each block tells how far it is.",
        "",
        *_cloudformation(desired, granted),
        "## Terraform",
        "",
        "One folder an account, the receiver's first: EventBridge looks at the bus's policy when a publisher's target is made.",
        "The AWS provider of version 6 or newer is needed, which takes the region of each resource.",
        *_terraform_steps(desired),
    ]
    return "\n".join(lines)


def _cloudformation(desired: Desired, granted: Mapping[str, tuple[Grant, ...]]) -> Iterator[str]:
    home = desired.installation.home
    receivers = [each for each in desired.stack_sets if each.key.name == names.RECEIVER_STACK_SET]
    others = [each for each in desired.stack_sets if each not in receivers]
    for wanted in receivers:
        yield from _set_steps(wanted, home)
    if granted:
        yield "The grants on the receiver's buses:"
        yield from _block(commands.grant(each, region) for region, some in granted.items() for each in some)
    for wanted in others:
        yield from _set_steps(wanted, home)
    if desired.stacks:
        yield f"In the management account ({desired.stacks[0].account}), which service-managed stack sets leave out:"
        file = f"cloudformation/{names.MANAGEMENT_STACK}.json"
        yield from _block(commands.plain_stack(each, file) for each in desired.stacks)


def _set_steps(wanted: StackSet, home: str) -> Iterator[str]:
    yield f"{wanted.what[:1].upper()}{wanted.what[1:]}:"
    yield from _block(
        [
            commands.make_set(wanted, home, _template_file(wanted)),
            *commands.make_stacks(wanted, home),
            commands.watch(wanted, home),
        ]
    )


def _terraform_steps(desired: Desired) -> Iterator[str]:
    receiver = desired.installation.receiver
    accounts = {
        each for wanted in desired.stack_sets if not wanted.service_managed for each, _ in wanted.targets
    }
    accounts |= {each.account for each in desired.stacks}
    ordered = [receiver, *sorted(accounts - {receiver})]
    if any(not (each.isdigit() and len(each) == 12) for each in ordered):
        raise SetupError("emit: an account id has twelve digits")
    yield from _block(
        f"terraform -chdir=terraform/{each} {command}" for each in ordered for command in ("init", "apply")
    )


def _block(lines: Iterator[str] | list[str]) -> Iterator[str]:
    yield from ("", "```", *lines, "```", "")
