"""The table of Amazon SageMaker AI: what exists, how it is read, which events change it.

Sources: the API reference, and the developer guide's "Log Amazon SageMaker API calls with AWS CloudTrail". ARNs of
SageMaker have the names in lower case, so resources are known by name. Environments of containers and URLs of code repositories may
hold secrets, and no policy reads them: they stay out.
"""

from __future__ import annotations

from typing import Any

from liveaudit.catalog.rows import Each
from liveaudit.catalog.types import Service
from liveaudit.policies.kept import keeping, leaves, of_the_only
from liveaudit.services.sagemaker.ignored import OTHERS

service = Service("sagemaker", event_source="sagemaker.amazonaws.com")

# "RecordNotFound" and "Could not find ..." come with this code, as do odd parameters.
_GONE = "ValidationException"

notebook = service.resource_type(
    "AWS::SageMaker::NotebookInstance",
    arn="arn:{partition}:sagemaker:{region}:{account}:notebook-instance/{id}",
    named_by="requestParameters.notebookInstanceName",
    gone=_GONE,
)
notebook.created_by("CreateNotebookInstance")
notebook.deleted_by("DeleteNotebookInstance")
notebook.listing("ListNotebookInstances", items="NotebookInstances", item_id="NotebookInstanceName")
notebook.section(
    "notebook_instance",
    "DescribeNotebookInstance",
    {"NotebookInstanceName": "{id}"},
    omit=[
        "NotebookInstanceStatus",
        "FailureReason",
        "LastModifiedTime",
        "NetworkInterfaceId",
        "Url",
        "DefaultCodeRepository",
        "AdditionalCodeRepositories",
    ],
    changed_by="UpdateNotebookInstance",
    root=True,
)
# Answered while the instance is still being updated, or deleted.
notebook.takes(300.0, "UpdateNotebookInstance", "DeleteNotebookInstance")


def without_environments(model: Any) -> Any:
    """A model's containers without their environments."""
    return {
        **model,
        **{
            key: _without(model[key])
            if key == "PrimaryContainer"
            else [_without(each) for each in model[key]]
            for key in ("PrimaryContainer", "Containers")
            if model.get(key) is not None
        },
    }


def _without(container: Any) -> Any:
    return {key: value for key, value in container.items() if key != "Environment"}


model = service.resource_type(
    "AWS::SageMaker::Model",
    arn="arn:{partition}:sagemaker:{region}:{account}:model/{id}",
    named_by="requestParameters.modelName",
    gone=_GONE,
)
model.created_by("CreateModel")
model.deleted_by("DeleteModel")
model.listing("ListModels", items="Models", item_id="ModelName")
model.section("model", "DescribeModel", {"ModelName": "{id}"}, shape=without_environments, root=True)

endpoint_config = service.resource_type(
    "AWS::SageMaker::EndpointConfig",
    arn="arn:{partition}:sagemaker:{region}:{account}:endpoint-config/{id}",
    named_by="requestParameters.endpointConfigName",
    gone=_GONE,
)
endpoint_config.created_by("CreateEndpointConfig")
endpoint_config.deleted_by("DeleteEndpointConfig")
endpoint_config.listing("ListEndpointConfigs", items="EndpointConfigs", item_id="EndpointConfigName")
endpoint_config.section(
    "endpoint_config", "DescribeEndpointConfig", {"EndpointConfigName": "{id}"}, root=True
)

domain = service.resource_type(
    "AWS::SageMaker::Domain",
    arn="arn:{partition}:sagemaker:{region}:{account}:domain/{id}",
    named_by=["requestParameters.domainId", "responseElements.domainArn"],
    gone="ResourceNotFound",
)
domain.created_by("CreateDomain", named_by="responseElements.domainArn")
domain.deleted_by("DeleteDomain")
domain.listing("ListDomains", items="Domains", item_id="DomainId")
domain.section(
    "domain",
    "DescribeDomain",
    {"DomainId": "{id}"},
    omit=["Status", "FailureReason", "LastModifiedTime", "Url"],
    changed_by="UpdateDomain",
    root=True,
)
domain.takes(600.0, "CreateDomain", "UpdateDomain", "DeleteDomain")

_TAG_EVENTS = ("AddTags", "DeleteTags")
for _type, _arn in (
    (notebook, "NotebookInstanceArn"),
    (model, "ModelArn"),
    (endpoint_config, "EndpointConfigArn"),
    (domain, "DomainArn"),
):
    _root = _type.sections[_type.root].call
    if _root is None:
        raise ValueError(f"{_type.name}: the root is read by no call of its own")
    # The first call is the root's.
    _type.section(
        "tags",
        _root.operation,
        _root.params,
        value=f"[{_arn}]",
        each=Each("ListTags", {"ResourceArn": "{item}"}, value="Tags"),
        shape=of_the_only(keeping(leaves("Key", "Value"))),
    )
for _type, _key, _kind in (
    (notebook, "NotebookInstance", "notebook-instance"),
    (model, "Model", "model"),
    (endpoint_config, "EndpointConfig", "endpoint-config"),
):
    # An ARN does not tell which letters of the name are capitals.
    _type.also_named_by(
        "requestParameters.resourceArn",
        f"List{_key}s",
        {},
        items=f"{_key}s",
        item_id=f"{_key}Name",
        key=f"{_key}Arn",
        pattern=rf"arn:[\w-]+:sagemaker:[\w-]+:\d{{12}}:{_kind}/[\w-]+",
        listed=True,
    )
    for _event in _TAG_EVENTS:
        _type.event(_event, "tags")
for _event in _TAG_EVENTS:
    domain.event(_event, "tags", named_by="requestParameters.resourceArn")

service.ignores(
    "starts, stops or opens a notebook instance, whose settings stay",
    "StartNotebookInstance",
    "StopNotebookInstance",
    "CreatePresignedNotebookInstanceUrl",
)
service.ignores("is of a kind of resource that is not covered", *OTHERS)
service.ignores(
    "is of jobs, which come by the hundred and are not covered",
    "CreateTrainingJob",
    "CreateProcessingJob",
    "CreateTransformJob",
    "StopProcessingJob",
    "StopTrainingJob",
    "StopTransformJob",
    "UpdateTrainingJob",
)
service.ignores_unnamed("tags of kinds of resources that are not covered", *_TAG_EVENTS)
