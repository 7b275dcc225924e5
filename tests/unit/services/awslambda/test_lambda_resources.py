"""Lambda's table: which function an event names, and that no value of a variable is kept."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.audit.answers import section_value
from liveaudit.catalog.targets import Relevance, match
from liveaudit.services import load
from liveaudit.services.awslambda.resources import function, service
from tests.support.events import event, recorded

CATALOG, _ = load()
ARN = "arn:aws:lambda:eu-west-1:111122223333:function:orders"


@pytest.mark.parametrize(
    ("name", "request_parameters", "sections"),
    [
        ("CreateFunction20150331", {"functionName": "orders"}, set()),
        ("DeleteFunction20150331", {"functionName": "orders"}, set()),
        (
            "UpdateFunctionConfiguration20150331v2",
            {"functionName": ARN},
            {"configuration", "environment"},
        ),
        ("UpdateFunctionCode20150331v2", {"functionName": f"{ARN}:live"}, {"configuration"}),
        ("AddPermission20150331v2", {"functionName": "orders:live"}, {"policy_document"}),
        ("RemovePermission20150331v2", {"functionName": "111122223333:function:orders"}, {"policy_document"}),
        ("RemovePermission20150331v2", {"functionName": "111122223333:orders:$LATEST"}, {"policy_document"}),
        ("CreateFunctionUrlConfig", {"functionName": "orders"}, {"urls"}),
        ("PutFunctionEventInvokeConfig", {"functionName": "orders"}, {"event_invoke_config"}),
        ("TagResource20170331v2", {"resource": ARN, "tags": {}}, {"tags"}),
    ],
)
def test_the_event_names_its_function(
    name: str, request_parameters: dict[str, Any], sections: set[str]
) -> None:
    (target,) = match(CATALOG, event("lambda", name, request_parameters)).targets
    assert (target.resource.type, target.resource.id) == (function.name, "orders")
    assert (target.resource.account, target.resource.region) == ("111122223333", "eu-west-1")
    assert target.sections == sections


@pytest.mark.parametrize(
    "name",
    ["CreateEventSourceMapping20150331", "PublishLayerVersion20181031", "PutFunctionConcurrency20171031"],
)
def test_a_dated_name_is_ignored_as_its_operation_is(name: str) -> None:
    assert match(CATALOG, event("lambda", name)).relevance is Relevance.IGNORED


def test_every_recorded_change_finds_its_function() -> None:
    for record, found in recorded(CATALOG, service.event_source):
        if found.relevance is Relevance.IGNORED:
            continue
        assert found.relevance is Relevance.CHANGES, record["eventName"]
        name = record["requestParameters"]["functionName"].rpartition(":")[2]
        assert [target.resource.id for target in found.targets] == [name]


def test_values_of_variables_are_not_kept() -> None:
    answer = {
        "FunctionName": "orders",
        "Role": "arn:aws:iam::111122223333:role/r",
        "State": "Active",
        "Environment": {"Variables": {"DB_PASSWORD": "hunter2", "STAGE": "production"}},
        "ImageConfigResponse": {"ImageConfig": {"Command": ["--password", "hunter2"]}},
    }
    kept = section_value(function.sections["configuration"], answer)
    assert kept == {"FunctionName": "orders", "Role": "arn:aws:iam::111122223333:role/r"}
    told = section_value(function.sections["environment"], {"DB_PASSWORD": "hunter2", "STAGE": "production"})
    assert told == [{"Name": "DB_PASSWORD", "Secret": "password"}, {"Name": "STAGE", "Secret": None}]
    assert section_value(function.sections["environment"], None) is None


def test_a_function_depends_on_its_roles_rights() -> None:
    assert ("attached_policies", function.name, "role_attached") in CATALOG.dependents("AWS::IAM::Role")
    assert ("document", function.name, "attached_documents") in CATALOG.dependents("AWS::IAM::ManagedPolicy")
