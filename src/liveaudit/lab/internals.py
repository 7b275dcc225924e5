"""The parts of moto that the lab uses or replaces, by name, and the check that they are still there.

moto is pinned (5.2.5). Its internals are no interface, so everything that the lab touches stands in ``INTERNALS``:
a newer moto then fails at start with the name of what is gone, not somewhere in a test with a wrong answer.
moto is imported late and by name, because importing all of it takes seconds.
"""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Callable, Iterable
from typing import Any

from liveaudit.model import LiveauditError


class MissingInternalError(LiveauditError):
    """The installed moto lacks something that the lab stands on."""


EAGER: tuple[str, ...] = (
    "core.base_backend:BackendDict._instances",
    "core.exceptions:JsonRESTError",
    "core.exceptions:ServiceException",
    "core.exceptions:_RESTError",
    "core.model_instances:reset_model_data",
    "core.parse:PROTOCOL_PARSERS",
    "core.request:Request.raw_path",
    "core.request:determine_request_protocol",
    "core.responses:method_names_from_class",
    "core.routing:get_service_router",
    "core.serialize:SERIALIZERS",
    "core.serialize:SerializationContext",
    "core.utils:camelcase_to_underscores",
    "core.utils:create_loader",
    "core.utils:get_service_model",
    "ec2.models:ec2_backends",
    "ec2.models.network_acls:NetworkAcl.get_filter_value",
    "ec2.responses.elastic_block_store:ElasticBlockStore.describe_snapshots",
    "events.models:EventBus.add_policy",
    "events.models:EventBus.policy",
    "events.models:EventBus.remove_statement",
    "events.models:EventBus.remove_statements",
    "events.models:EventBusPolicyStatement.from_dict",
    "events.models:EventPattern.load",
    "events.models:EventPattern._does_event_match",
    "events.models:EventPattern._flatten_dict",
    "events.models:EventsBackend._normalize_event_bus_arn",
    "events.models:EventsBackend.delete_rule",
    "events.models:EventsBackend.describe_event_bus",
    "events.models:EventsBackend.put_events",
    "events.models:EventsBackend.put_permission",
    "events.models:EventsBackend.put_rule",
    "events.models:EventsBackend.put_targets",
    "events.models:EventsBackend.remove_permission",
    "events.models:EventsBackend.remove_targets",
    "events.models:events_backends",
    "events.models:Rule.send_to_targets",
    "iam.exceptions:NotFoundException",
    "iam.models:IAMBackend._init_aws_policies",
    "iam.models:IAMBackend.attach_group_policy",
    "iam.models:IAMBackend.attach_role_policy",
    "iam.models:IAMBackend.attach_user_policy",
    "iam.models:IAMBackend.create_policy",
    "iam.models:IAMBackend.create_policy_version",
    "iam.models:IAMBackend.create_role",
    "iam.models:IAMBackend.delete_group_policy",
    "iam.models:IAMBackend.delete_policy",
    "iam.models:IAMBackend.delete_policy_version",
    "iam.models:IAMBackend.delete_role",
    "iam.models:IAMBackend.delete_role_permissions_boundary",
    "iam.models:IAMBackend.delete_role_policy",
    "iam.models:IAMBackend.delete_user_policy",
    "iam.models:IAMBackend.detach_group_policy",
    "iam.models:IAMBackend.detach_role_policy",
    "iam.models:IAMBackend.detach_user_policy",
    "iam.models:IAMBackend.get_account_authorization_details",
    "iam.models:IAMBackend.get_credential_report",
    "iam.models:IAMBackend.put_group_policy",
    "iam.models:IAMBackend.put_role_permissions_boundary",
    "iam.models:IAMBackend.put_role_policy",
    "iam.models:IAMBackend.put_user_policy",
    "iam.models:IAMBackend.update_assume_role_policy",
    "iam.models:IAMBackend.update_role",
    "iam.models:iam_backends",
    "moto_server.werkzeug_app:DomainDispatcherApplication.get_backend_for_host",
    "moto_server.werkzeug_app:create_backend_app",
    "organizations.models:FakeDelegatedAdministrator.SUPPORTED_SERVICES",
    "organizations.models:OrganizationsBackend.create_account",
    "organizations.models:OrganizationsBackend.create_organization",
    "organizations.models:OrganizationsBackend.create_organizational_unit",
    "organizations.models:OrganizationsBackend.disable_aws_service_access",
    "organizations.models:OrganizationsBackend.enable_aws_service_access",
    "organizations.models:OrganizationsBackend.get_account_by_id",
    "organizations.models:OrganizationsBackend.list_accounts",
    "organizations.models:OrganizationsBackend.list_accounts_for_parent",
    "organizations.models:OrganizationsBackend.list_organizational_units_for_parent",
    "organizations.models:OrganizationsBackend.remove_account_from_organization",
    "organizations.models:organizations_backends",
    "organizations.utils:make_random_account_id",
    "s3.models:PublicAccessBlock",
    "s3.models:S3Backend.create_bucket",
    "s3.models:S3Backend.delete_bucket_encryption",
    "s3.models:events_send_notification",
    "s3.models:get_canned_acl",
    "s3.models:s3_backends",
    "s3.responses:S3Response.all_buckets",
    "s3.responses:get_canned_acl",
    "s3control.models:s3control_backends",
    "sqs.models:Queue.__init__",
    "sqs.models:Queue._set_attributes",
    "sqs.models:Queue.add_message",
    "sqs.models:Queue.approximate_number_of_messages",
    "sqs.models:Queue.approximate_number_of_messages_delayed",
    "sqs.models:Queue.approximate_number_of_messages_not_visible",
    "sqs.models:Queue.delete_message",
    "sqs.models:Queue.messages",
    "sqs.models:SQSBackend.change_message_visibility",
    "sqs.models:SQSBackend.create_queue",
    "sqs.models:SQSBackend.delete_queue",
    "sqs.models:SQSBackend.purge_queue",
    "sqs.models:SQSBackend.receive_message",
    "sqs.models:SQSBackend.set_queue_attributes",
    "sqs.models:_filter_message_attributes",
    "sqs.models:camelcase_to_underscores",
    "sqs.models:sqs_backends",
    "sts.models:STSBackend.get_caller_identity",
)
"""Looked up when the lab starts."""

LATE: tuple[str, ...] = (
    "cloudformation.models:CloudFormationBackend.create_stack",
    "cloudformation.models:cloudformation_backends",
    "cloudformation.parsing:get_model_list",
    "cloudformation.parsing:get_model_map",
    "cloudformation.parsing:get_name_type_map",
    "core.common_models:CloudFormationModel",
    "sns.models:sns_backends",
)
"""Looked up when moto's CloudFormation is first needed: its import takes as long as all the rest."""

TRAILS: tuple[str, ...] = (
    "cloudtrail.models:CloudTrailBackend.describe_trails",
    "cloudtrail.models:CloudTrailBackend.get_event_selectors",
    "cloudtrail.models:Trail.description",
    "cloudtrail.models:Trail.get_event_selectors",
    "cloudtrail.models:Trail.put_event_selectors",
    "cloudtrail.models:cloudtrail_backends",
)
"""Looked up at the first call of CloudTrail."""

HUB: tuple[str, ...] = (
    "securityhub.models:SecurityHubBackend.batch_import_findings",
    "securityhub.models:SecurityHubBackend.get_findings",
    "securityhub.models:securityhub_backends",
)
"""Looked up at the first call of Security Hub."""

GAPS: tuple[str, ...] = (
    "awslambda.models:LambdaFunction.get_url_config",
    "awslambda.models:lambda_backends",
    "codebuild.models:CodeBuildBackend.batch_get_projects",
    "codebuild.models:codebuild_backends",
    "elasticache.models:elasticache_backends",
    "sagemaker.models:FakeSagemakerNotebookInstance",
    "sagemaker.models:sagemaker_backends",
)
"""Looked up where the lab answers what moto cannot."""

INTERNALS = EAGER + LATE + TRAILS + HUB + GAPS


@functools.cache
def module(name: str) -> Any:
    """The module ``moto.<name>``, imported now if it was not. Untyped: moto's internals are no interface."""
    os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    os.environ.setdefault("MOTO_DISABLE_GLOBAL_CORS", "true")  # no web page may call the lab
    return importlib.import_module(f"moto.{name}")


def _resolve(name: str) -> tuple[Any, str]:
    where, _, path = name.partition(":")
    *owners, attribute = path.split(".")
    holder = module(where)
    for owner in owners:
        holder = getattr(holder, owner)
    getattr(holder, attribute)
    return holder, attribute


def check(names: Iterable[str] = INTERNALS) -> None:
    """Raise ``MissingInternalError`` with every one of ``names`` that the installed moto does not have."""
    gone: list[str] = []
    for name in names:
        try:
            _resolve(name)
        except (ImportError, AttributeError):
            gone.append(f"moto.{name}")
    if gone:
        version = getattr(importlib.import_module("moto"), "__version__", "unknown")
        raise MissingInternalError(
            f"moto {version} lacks {', '.join(gone)}. The lab is written for moto 5.2.5: "
            "install that version, or mend src/liveaudit/lab where it uses these names."
        )


class Patches:
    """Replacements inside moto, all of which can be taken back."""

    def __init__(self) -> None:
        self._originals: list[tuple[Any, str, Any]] = []

    def replace(self, name: str, replacement: Any) -> None:
        """Put ``replacement`` in the place of ``name`` (``module:path``).

        Raises ``MissingInternalError`` for a name that is not listed or not there.
        """
        if name not in INTERNALS:
            raise MissingInternalError(f"{name} is replaced but not listed in liveaudit.lab.internals")
        check([name])
        holder, attribute = _resolve(name)
        original = holder.__dict__[attribute]
        self._originals.append((holder, attribute, original))
        setattr(holder, attribute, replacement)

    def wrap(self, name: str, wrapper: Callable[..., Any]) -> None:
        """Like ``replace``, with a function that gets what was there as its first argument."""
        holder, attribute = _resolve(name)
        original = holder.__dict__[attribute]

        @functools.wraps(original)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            return wrapper(original, *args, **kwargs)

        self.replace(name, wrapped)

    def restore(self) -> None:
        """Put everything back, last change first."""
        while self._originals:
            holder, attribute, original = self._originals.pop()
            setattr(holder, attribute, original)
