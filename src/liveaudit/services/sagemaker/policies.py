"""The policies of SageMaker: notebook instances and models."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed
from liveaudit.policies.checks import is_given, is_on, is_one_of, member
from liveaudit.policies.shapes import rule, texts
from liveaudit.services.sagemaker.resources import model, notebook

_NOTEBOOK = "the notebook instance"
_ANEW = "This cannot be changed: make the notebook instance anew"


@rule(
    notebook,
    "sagemaker_notebook_instance_without_direct_internet_access_configured",
    Severity.HIGH,
    title="The notebook instance has no way to the internet of its own",
    why="By SageMaker's own way out data leaves past your network, its firewalls and its logs.",
    fix=f"{_ANEW}, in a subnet and with DirectInternetAccess Disabled.",
)
def has_no_way_out(notebook_instance: Any) -> Verdict:
    """Security Hub SageMaker.1."""
    return is_one_of(notebook_instance, "DirectInternetAccess", _NOTEBOOK, ["Disabled"])


@rule(
    notebook,
    "sagemaker_notebook_instance_vpc_settings_configured",
    Severity.HIGH,
    title="The notebook instance is in a network of yours",
    why="Without a subnet it is in a network of SageMaker's, where neither your security groups nor your logs reach.",
    fix=f"{_ANEW}, in a subnet of yours with security groups.",
)
def is_in_a_network(notebook_instance: Any) -> Verdict:
    """Security Hub SageMaker.2."""
    return is_given(notebook_instance, "SubnetId", _NOTEBOOK)


@rule(
    notebook,
    "sagemaker_notebook_instance_encryption_enabled",
    Severity.HIGH,
    title="The notebook instance's volume is encrypted with a key of yours",
    why="With a key of your own you decide who may decrypt the data, see every use of the key, and can end it.",
    fix=f"{_ANEW}, with a KMS key.",
)
def volume_is_encrypted(notebook_instance: Any) -> Verdict:
    """SageMaker developer guide, "Protect data at rest using encryption"."""
    return is_given(notebook_instance, "KmsKeyId", _NOTEBOOK)


@rule(
    notebook,
    "sagemaker_notebook_instance_root_access_disabled",
    Severity.MEDIUM,
    title="Users of the notebook instance are not root on it",
    why="As root a user can change the instance's own programs and settings, and read what others left on it.",
    fix="Stop the notebook instance, set RootAccess to Disabled, and start it again.",
)
def users_are_not_root(notebook_instance: Any) -> Verdict:
    """Security Hub SageMaker.3."""
    return is_one_of(notebook_instance, "RootAccess", _NOTEBOOK, ["Disabled"])


@rule(
    model,
    "sagemaker_models_network_isolation_enabled",
    Severity.HIGH,
    title="The model's containers cannot reach any network",
    why="A container of a foreign model could otherwise send the data it is given to somebody else.",
    fix="Make the model anew with EnableNetworkIsolation, and point its endpoints to it.",
)
def is_isolated(model: Any) -> Verdict:
    """Security Hub SageMaker.5; API reference, CreateModel: what is left out is off."""
    return is_on(model, "EnableNetworkIsolation", "the model")


PLATFORMS = ("notebook-al2-v3", "notebook-al2023-v1")
"""The platforms that AWS supports (SageMaker developer guide, "Amazon SageMaker notebook instances", as of 2026-11)."""


@rule(
    notebook,
    "sagemaker_notebook_instance_supported_platform",
    Severity.MEDIUM,
    title="The notebook instance runs on a supported platform",
    why="A platform that AWS does not support any more gets no security patches.",
    fix="Stop the notebook instance, set its platform to a supported one, and start it again.",
)
def platform_is_supported(notebook_instance: Any) -> Verdict:
    """Security Hub SageMaker.8."""
    return is_one_of(notebook_instance, "PlatformIdentifier", _NOTEBOOK, PLATFORMS)


@rule(
    model,
    "sagemaker_models_vpc_settings_configured",
    Severity.MEDIUM,
    title="The model's containers are in a network of yours",
    why="Outside of it, what they fetch and send passes neither your firewalls nor your flow logs.",
    fix="Make the model anew with subnets and security groups, and point its endpoints to it.",
)
def model_is_in_a_network(model: Any) -> Verdict:
    """SageMaker developer guide, "Give SageMaker AI hosted endpoints access to resources in your Amazon VPC"."""
    if texts(member(model, "VpcConfig.Subnets", "the model") or [], "Subnets"):
        return passed("the model's containers are in subnets of a VPC")
    return failed("the model has no network of yours")
