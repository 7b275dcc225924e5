"""Lambda's policies on network, keys, layers and origins: PASS, FAIL, NOT_APPLICABLE and UNKNOWN of each."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.model import Outcome
from tests.unit.services.conftest import Judged

PASS, FAIL, NA, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNKNOWN
FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:orders"
LAYERS = "awslambda_function_using_cross_account_layers"
NETWORK = "awslambda_function_inside_vpc"
KEY = "awslambda_function_env_vars_not_encrypted_with_cmk"
CORS = "awslambda_function_url_cors_policy"


def layers(*accounts: str) -> dict[str, Any]:
    arns = [f"arn:aws:lambda:eu-west-1:{account}:layer:shared:3" for account in accounts]
    return {"FunctionName": "orders", "Layers": [{"Arn": arn} for arn in arns]}


@pytest.mark.parametrize(
    ("configuration", "outcome"),
    [
        ({"FunctionName": "orders"}, PASS),
        (layers("111122223333"), PASS),
        (layers("444455556666"), PASS),
        (layers("777788889999"), PASS),
        (layers("111122223333", "123456789012"), FAIL),
    ],
)
def test_layers(judged: Judged, configuration: dict[str, Any], outcome: Outcome) -> None:
    verdict = judged(LAYERS, configuration=configuration, own=["444455556666"], trusted=["777788889999"])
    assert verdict.outcome is outcome
    assert outcome is not FAIL or verdict.evidence["Layers"][0].split(":")[4] == "123456789012"


@pytest.mark.parametrize(
    ("configuration", "outcome"),
    [
        ({}, FAIL),
        ({"VpcConfig": {"SubnetIds": [], "SecurityGroupIds": [], "VpcId": ""}}, FAIL),
        ({"VpcConfig": {"SubnetIds": ["subnet-1"], "VpcId": "vpc-1"}}, PASS),
    ],
)
def test_the_network(judged: Judged, configuration: dict[str, Any], outcome: Outcome) -> None:
    assert judged(NETWORK, configuration=configuration).outcome is outcome


VARIABLES = [{"Name": "STAGE", "Secret": None}]


@pytest.mark.parametrize(
    ("configuration", "environment", "outcome"),
    [
        ({}, None, NA),
        ({}, [], NA),
        ({}, VARIABLES, FAIL),
        ({"KMSKeyArn": "arn:aws:kms:eu-west-1:111122223333:key/k"}, VARIABLES, PASS),
    ],
)
def test_the_key(judged: Judged, configuration: dict[str, Any], environment: Any, outcome: Outcome) -> None:
    assert judged(KEY, configuration=configuration, environment=environment).outcome is outcome


@pytest.mark.parametrize(
    ("urls", "outcome"),
    [
        ([], NA),
        ([{"FunctionArn": FUNCTION}], PASS),
        ([{"FunctionArn": FUNCTION, "Cors": {"AllowOrigins": ["https://www.example.com"]}}], PASS),
        ([{"FunctionArn": FUNCTION, "Cors": {"AllowOrigins": ["https://a.example.com", "*"]}}], FAIL),
        (None, UNKNOWN),
        ([{"FunctionArn": FUNCTION, "Cors": {"AllowOrigins": "*"}}], UNKNOWN),
    ],
)
def test_origins(judged: Judged, urls: Any, outcome: Outcome) -> None:
    assert judged(CORS, urls=urls).outcome is outcome


@pytest.mark.parametrize(
    ("policy", "sections"),
    [
        (LAYERS, {"configuration": {"Layers": [{"Arn": "layer"}]}}),
        (NETWORK, {"configuration": {"VpcConfig": "odd"}}),
        (KEY, {"configuration": {}, "environment": "odd"}),
    ],
)
def test_what_cannot_be_read_is_unknown(judged: Judged, policy: str, sections: dict[str, Any]) -> None:
    assert judged(policy, odd=True, **sections).outcome is UNKNOWN


IN_VPC = {"VpcConfig": {"SubnetIds": ["subnet-1", "subnet-2"], "VpcId": "vpc-1"}}


def zones(*names: str | None) -> dict[str, Any]:
    return {
        f"subnet-{number}": None if name is None else {"AvailabilityZone": name}
        for number, name in enumerate(names, 1)
    }


@pytest.mark.parametrize(
    ("configuration", "subnets", "outcome"),
    [
        ({}, {}, NA),
        ({"VpcConfig": {"SubnetIds": []}}, {}, NA),
        (IN_VPC, zones("eu-west-1a", "eu-west-1b"), PASS),
        (IN_VPC, zones("eu-west-1a", "eu-west-1a"), FAIL),
        (IN_VPC, zones("eu-west-1a", None), FAIL),
    ],
)
def test_zones(
    judged: Judged, configuration: dict[str, Any], subnets: dict[str, Any], outcome: Outcome
) -> None:
    verdict = judged("awslambda_function_vpc_multi_az", configuration=configuration, subnets=subnets)
    assert verdict.outcome is outcome


TRACED = "awslambda_function_xray_tracing_disabled"
KEPT = "awslambda_function_no_dead_letter_queue"
QUEUE = "arn:aws:sqs:eu-west-1:111122223333:failures"


@pytest.mark.parametrize(
    ("policy", "sections", "outcome"),
    [
        (TRACED, {"configuration": {"TracingConfig": {"Mode": "Active"}}}, PASS),
        (TRACED, {"configuration": {"TracingConfig": {"Mode": "PassThrough"}}}, FAIL),
        (TRACED, {"configuration": {}}, FAIL),
        (KEPT, {"configuration": {}}, FAIL),
        (KEPT, {"configuration": {"DeadLetterConfig": {"TargetArn": QUEUE}}}, PASS),
        (
            KEPT,
            {
                "configuration": {},
                "event_invoke_config": {"DestinationConfig": {"OnFailure": {"Destination": QUEUE}}},
            },
            PASS,
        ),
        (
            KEPT,
            {"configuration": {}, "event_invoke_config": {"DestinationConfig": {"OnFailure": {}}}},
            FAIL,
        ),
    ],
)
def test_tracing_and_failures(
    judged: Judged, policy: str, sections: dict[str, Any], outcome: Outcome
) -> None:
    assert judged(policy, **sections).outcome is outcome


@pytest.mark.parametrize(
    ("policy", "sections"),
    [
        ("awslambda_function_vpc_multi_az", {"configuration": IN_VPC, "subnets": "odd"}),
        (TRACED, {"configuration": {"TracingConfig": "odd"}}),
        (KEPT, {"configuration": {"DeadLetterConfig": "odd"}}),
    ],
)
def test_odd_settings_are_unknown(judged: Judged, policy: str, sections: dict[str, Any]) -> None:
    assert judged(policy, odd=True, **sections).outcome is UNKNOWN
