"""The policies of SageMaker: notebook instances and models."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict
from liveaudit.policies.checks import is_given, is_on, is_one_of
from liveaudit.policies.shapes import rule
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
