"""A stack of ours as Terraform resources. Pure: whatever a template has and is not known here is an error, never left out.

Sources: Terraform AWS provider (version 6: every resource takes ``region``), aws_sqs_queue, aws_sqs_queue_policy,
aws_cloudwatch_event_rule, aws_cloudwatch_event_target, aws_cloudwatch_event_permission, aws_iam_role,
aws_iam_role_policy, aws_cloudformation_stack_set, aws_cloudformation_stack_set_instance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from liveaudit.provision import names
from liveaudit.provision.desired import StackSet
from liveaudit.provision.emit.names import spelled
from liveaudit.provision.emit.values import Scope
from liveaudit.provision.grants import Grant
from liveaudit.provision.installation import SetupError
from liveaudit.provision.render.hcl import Block, Call, Joined, Ref, Value, identifier
from liveaudit.provision.stack_sets import PREFERENCES

PROVIDER: dict[str, Value] = {"source": "hashicorp/aws", "version": ">= 6.0"}
_KINDS = {
    "AWS::SQS::Queue": ("aws_sqs_queue", "url"),
    "AWS::SQS::QueuePolicy": ("aws_sqs_queue_policy", "id"),
    "AWS::Events::Rule": ("aws_cloudwatch_event_rule", "name"),
    "AWS::IAM::Role": ("aws_iam_role", "name"),
}
_QUEUE = {
    "QueueName": "name",
    "MessageRetentionPeriod": "message_retention_seconds",
    "VisibilityTimeout": "visibility_timeout_seconds",
    "ReceiveMessageWaitTimeSeconds": "receive_wait_time_seconds",
    "SqsManagedSseEnabled": "sqs_managed_sse_enabled",
}
_RULE = {"Name": "name", "Description": "description", "State": "state"}
_ROLE = {"RoleName": "name", "Description": "description"}
_TARGET = {"Id": "target_id", "Arn": "arn", "RoleArn": "role_arn"}


def settings(account: str, home: str) -> list[Block]:
    """The head of an account's configuration: the provider, which refuses any other account."""
    return [
        Block("terraform", blocks=(Block("required_providers", (), {"aws": PROVIDER}),)),
        Block("provider", ("aws",), {"region": home, "allowed_account_ids": [account]}),
    ]


def stack(template: Mapping[str, Any], partition: str, account: str, region: str) -> list[Block]:
    """The resources of a template as they are in one account and region. Raises SetupError."""
    resources = template["Resources"]
    addresses = {
        name: f"{_kind(each['Type'])[0]}.{identifier(f'{name}-{region}')}" for name, each in resources.items()
    }
    literals = {
        "AWS::AccountId": account,
        "AWS::Partition": partition,
        "AWS::Region": region,
        **{name: str(each["Default"]) for name, each in template.get("Parameters", {}).items()},
    }
    reference = {name: _kind(each["Type"])[1] for name, each in resources.items()}
    scope = Scope(literals, addresses, reference)
    blocks: list[Block] = []
    for name, each in resources.items():
        label = addresses[name].partition(".")[2]
        write = _WRITERS[each["Type"]]
        blocks += write(label, region, _Properties(name, each.get("Properties", {}), scope))
    return blocks


def grants(granted: Iterable[Grant], region: str) -> list[Block]:
    """The statements of one region's bus policy."""
    made = []
    for each in granted:
        params = each.params
        condition: Mapping[str, str] = params.get("Condition") or {}
        inner = Block("condition", (), {key.lower(): value for key, value in sorted(condition.items())})
        made.append(
            _resource(
                "aws_cloudwatch_event_permission",
                f"{each.id}-{region}",
                {
                    "region": region,
                    "event_bus_name": names.BUS,
                    "statement_id": each.id,
                    "action": params["Action"],
                    "principal": each.principal,
                },
                (inner,) if condition else (),
            )
        )
    return made


def service_managed(wanted: StackSet, file: str, granted: Mapping[str, Iterable[Grant]]) -> list[Block]:
    """A service-managed stack set, which enrols new accounts by itself. ``file``: its template, in the same folder.

    ``granted``: region to the statements that have to be on its bus before.
    """
    call_as = wanted.key.call_as or "SELF"
    address = f"aws_cloudformation_stack_set.{identifier(wanted.key.name)}"
    made = [
        _resource(
            "aws_cloudformation_stack_set",
            wanted.key.name,
            {
                "name": wanted.key.name,
                "description": f"liveaudit: {wanted.what}",
                "permission_model": "SERVICE_MANAGED",
                "call_as": call_as,
                "capabilities": list(wanted.capabilities),
                "template_body": Call("file", Joined((Ref("path.module"), f"/{file}"))),
            },
            (
                Block("auto_deployment", (), {"enabled": True, "retain_stacks_on_account_removal": False}),
                # AWS tells of a role here that nobody gave
                Block("lifecycle", (), {"ignore_changes": [Ref("administration_role_arn")]}),
            ),
        )
    ]
    for region, excluded in wanted.excluded.items():
        targets: dict[str, Value] = {"organizational_unit_ids": list(wanted.units)}
        if excluded:
            targets |= {"account_filter_type": "DIFFERENCE", "accounts": list(excluded)}
        made.append(
            _resource(
                "aws_cloudformation_stack_set_instance",
                f"{wanted.key.name}-{region}",
                {
                    "stack_set_name": Ref(f"{address}.name"),
                    "stack_set_instance_region": region,
                    "call_as": call_as,
                    **_after(granted.get(region, ()), region),
                },
                (
                    Block("deployment_targets", (), targets),
                    Block(
                        "operation_preferences",
                        (),
                        {spelled(name, "_"): value for name, value in PREFERENCES.items()},
                    ),
                ),
            )
        )
    return made


def _after(granted: Iterable[Grant], region: str) -> dict[str, Value]:
    waits: list[Value] = [
        Ref(f"aws_cloudwatch_event_permission.{identifier(f'{each.id}-{region}')}") for each in granted
    ]
    return {"depends_on": waits} if waits else {}


class _Properties:
    """The properties of one resource, each to be taken exactly once."""

    def __init__(self, name: str, given: Mapping[str, Any], scope: Scope) -> None:
        self._name = name
        self._left = dict(given)
        self._scope = scope

    def take(self, name: str, default: Any = None) -> Any:
        """A property as the template has it."""
        return self._left.pop(name, default)

    def value(self, given: Any) -> Value:
        """A value in Terraform's terms."""
        return self._scope.value(given)

    def renamed(self, wanted: Mapping[str, str]) -> dict[str, Value]:
        """The properties that only bear another name."""
        return {new: self.value(self._left.pop(name)) for name, new in wanted.items() if name in self._left}

    def document(self, name: str) -> Call:
        """A property that is JSON inside."""
        return Call("jsonencode", self.value(self._left.pop(name)))

    def end(self) -> None:
        """Everything was taken. Raises SetupError."""
        if self._left:
            raise SetupError(f"emit: {self._name}: {', '.join(self._left)}: no form in Terraform is known")


def _queue(label: str, region: str, given: _Properties) -> Iterator[Block]:
    redrive = given.take("RedrivePolicy")
    attributes: dict[str, Value] = {"region": region, **given.renamed(_QUEUE)}
    if redrive is not None:
        attributes["redrive_policy"] = Call("jsonencode", given.value(redrive))
    given.end()
    yield _resource("aws_sqs_queue", label, attributes)


def _queue_policy(label: str, region: str, given: _Properties) -> Iterator[Block]:
    queues, document = given.take("Queues", []), given.document("PolicyDocument")
    given.end()
    for number, queue in enumerate(queues, 1):
        yield _resource(
            "aws_sqs_queue_policy",
            label if number == 1 else f"{label}-{number}",
            {"region": region, "queue_url": given.value(queue), "policy": document},
        )


def _rule(label: str, region: str, given: _Properties) -> Iterator[Block]:
    targets, pattern = given.take("Targets", []), given.document("EventPattern")
    attributes: dict[str, Value] = {"region": region, **given.renamed(_RULE), "event_pattern": pattern}
    given.end()
    yield _resource("aws_cloudwatch_event_rule", label, attributes)
    for target in targets:
        inner = dict(target)
        dead_letters = inner.pop("DeadLetterConfig", None)
        unknown = inner.keys() - _TARGET.keys()
        if unknown:
            raise SetupError(f"emit: a target's {', '.join(sorted(unknown))}: no form in Terraform is known")
        yield _resource(
            "aws_cloudwatch_event_target",
            f"{label}-{target['Id']}",
            {
                "region": region,
                "rule": Ref(f"aws_cloudwatch_event_rule.{label}.name"),
                **{new: given.value(inner[name]) for name, new in _TARGET.items() if name in inner},
            },
            ()
            if dead_letters is None
            else (Block("dead_letter_config", (), {"arn": given.value(dead_letters["Arn"])}),),
        )


def _role(label: str, _region: str, given: _Properties) -> Iterator[Block]:
    inline = given.take("Policies", [])
    boundary = given.take("PermissionsBoundary")
    attributes: dict[str, Value] = {
        **given.renamed(_ROLE),
        "assume_role_policy": given.document("AssumeRolePolicyDocument"),
    }
    if boundary is not None:
        attributes["permissions_boundary"] = given.value(boundary)
    given.end()
    yield _resource("aws_iam_role", label, attributes)
    for policy in inline:
        yield _resource(
            "aws_iam_role_policy",
            f"{label}-{policy['PolicyName']}",
            {
                "name": policy["PolicyName"],
                "role": Ref(f"aws_iam_role.{label}.name"),
                "policy": Call("jsonencode", given.value(policy["PolicyDocument"])),
            },
        )


_WRITERS: Mapping[str, Callable[[str, str, _Properties], Iterator[Block]]] = {
    "AWS::SQS::Queue": _queue,
    "AWS::SQS::QueuePolicy": _queue_policy,
    "AWS::Events::Rule": _rule,
    "AWS::IAM::Role": _role,
}


def _kind(resource_type: str) -> tuple[str, str]:
    if resource_type not in _KINDS:
        raise SetupError(f"emit: {resource_type}: no form in Terraform is known")
    return _KINDS[resource_type]


def _resource(kind: str, label: str, attributes: Mapping[str, Value], blocks: Iterable[Block] = ()) -> Block:
    return Block("resource", (kind, identifier(label)), attributes, tuple(blocks))
