"""SageMaker: which resource an event names, what is kept of it, and the policies' verdicts."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.audit.answers import section_value
from liveaudit.catalog.targets import match
from liveaudit.model import Outcome
from liveaudit.services import load
from liveaudit.services.sagemaker.resources import domain, endpoint_config, model, notebook
from liveaudit.testing.shapes import fits, output_shape
from tests.support.events import event
from tests.unit.services.conftest import Judged

CATALOG, _ = load()
PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
DOMAIN = "arn:aws:sagemaker:eu-west-1:111122223333:domain/d-abc"


@pytest.mark.parametrize(
    ("name", "request_parameters", "response", "kind", "resource_id"),
    [
        ("CreateNotebookInstance", {"notebookInstanceName": "Lab"}, {}, notebook, "Lab"),
        ("UpdateNotebookInstance", {"notebookInstanceName": "Lab"}, {}, notebook, "Lab"),
        ("DeleteNotebookInstance", {"notebookInstanceName": "Lab"}, {}, notebook, "Lab"),
        ("CreateModel", {"modelName": "m"}, {}, model, "m"),
        ("CreateEndpointConfig", {"endpointConfigName": "c"}, {}, endpoint_config, "c"),
        ("CreateDomain", {"domainName": "d"}, {"domainArn": DOMAIN}, domain, "d-abc"),
        ("UpdateDomain", {"domainId": "d-abc"}, {"domainArn": DOMAIN}, domain, "d-abc"),
    ],
)
def test_the_event_names_its_resource(
    name: str, request_parameters: dict[str, Any], response: dict[str, Any], kind: Any, resource_id: str
) -> None:
    (target,) = match(CATALOG, event("sagemaker", name, request_parameters, response)).targets
    assert (target.resource.type, target.resource.id) == (kind.name, resource_id)


def test_what_may_be_secret_is_not_kept() -> None:
    secret = "hunter2hunter2"
    instance = {"NotebookInstanceName": "Lab", "DefaultCodeRepository": f"https://u:{secret}@x/r"}
    kept = section_value(notebook.sections["notebook_instance"], instance)
    assert kept == {"NotebookInstanceName": "Lab"}
    container = {"Image": "app:1", "Environment": {"PASSWORD": secret}}
    answer = {"ModelName": "m", "PrimaryContainer": container, "Containers": [container]}
    kept = section_value(model.sections["model"], answer)
    assert kept == {
        "ModelName": "m",
        "PrimaryContainer": {"Image": "app:1"},
        "Containers": [{"Image": "app:1"}],
    }
    assert section_value(model.sections["model"], {"ModelName": "m"}) == {"ModelName": "m"}


PREFIX = "sagemaker_notebook_instance_"
INTERNET = f"{PREFIX}without_direct_internet_access_configured"
NETWORK = f"{PREFIX}vpc_settings_configured"
ENCRYPTED = f"{PREFIX}encryption_enabled"
ROOT = f"{PREFIX}root_access_disabled"
PLATFORM = f"{PREFIX}supported_platform"


@pytest.mark.parametrize(
    ("policy", "given", "outcome"),
    [
        (INTERNET, {"DirectInternetAccess": "Disabled"}, PASS),
        (INTERNET, {"DirectInternetAccess": "Enabled"}, FAIL),
        (INTERNET, {}, FAIL),
        (NETWORK, {"SubnetId": "subnet-1"}, PASS),
        (NETWORK, {}, FAIL),
        (ENCRYPTED, {"KmsKeyId": "key"}, PASS),
        (ENCRYPTED, {"KmsKeyId": ""}, FAIL),
        (ENCRYPTED, {}, FAIL),
        (ROOT, {"RootAccess": "Disabled"}, PASS),
        (ROOT, {"RootAccess": "Enabled"}, FAIL),
        (ROOT, {}, FAIL),
        (PLATFORM, {"PlatformIdentifier": "notebook-al2-v3"}, PASS),
        (PLATFORM, {"PlatformIdentifier": "notebook-al2023-v1"}, PASS),
        (PLATFORM, {"PlatformIdentifier": "notebook-al1-v1"}, FAIL),
        (PLATFORM, {}, FAIL),
    ],
)
def test_notebook_instances(judged: Judged, policy: str, given: dict[str, Any], outcome: Outcome) -> None:
    verdict = judged(policy, notebook_instance={"NotebookInstanceName": "Lab", **given})
    assert verdict.outcome is outcome
    assert outcome is not FAIL or verdict.evidence


@pytest.mark.parametrize(
    ("policy", "key"),
    [
        (INTERNET, "DirectInternetAccess"),
        (NETWORK, "SubnetId"),
        (ENCRYPTED, "KmsKeyId"),
        (ROOT, "RootAccess"),
        (PLATFORM, "PlatformIdentifier"),
    ],
)
def test_an_odd_notebook_instance_is_unknown(judged: Judged, policy: str, key: str) -> None:
    assert judged(policy, notebook_instance={key: 7}, odd=True).outcome is UNKNOWN


@pytest.mark.parametrize(
    ("given", "outcome"),
    [({"EnableNetworkIsolation": True}, PASS), ({"EnableNetworkIsolation": False}, FAIL), ({}, FAIL)],
)
def test_models(judged: Judged, given: dict[str, Any], outcome: Outcome) -> None:
    sample = {"ModelName": "m", **given}
    fits(output_shape("sagemaker", "DescribeModel"), sample, "the model")
    assert judged("sagemaker_models_network_isolation_enabled", model=sample).outcome is outcome


def test_an_odd_model_is_unknown(judged: Judged) -> None:
    odd = {"EnableNetworkIsolation": "yes"}
    assert judged("sagemaker_models_network_isolation_enabled", model=odd, odd=True).outcome is UNKNOWN


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ({}, FAIL),
        ({"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": []}}, FAIL),
        ({"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}}, PASS),
    ],
)
def test_networks_of_models(judged: Judged, given: dict[str, Any], outcome: Outcome) -> None:
    sample = {"ModelName": "m", **given}
    fits(output_shape("sagemaker", "DescribeModel"), sample, "the model")
    assert judged("sagemaker_models_vpc_settings_configured", model=sample).outcome is outcome


def test_an_odd_network_is_unknown(judged: Judged) -> None:
    odd = {"VpcConfig": {"Subnets": "odd"}}
    assert judged("sagemaker_models_vpc_settings_configured", model=odd, odd=True).outcome is UNKNOWN
