"""Paths into events, and templates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveaudit.catalog.paths import fill, find_all, template_pattern

EVENT = {
    "requestParameters": {
        "groupId": "sg-1",
        "ModifySecurityGroupRulesRequest": {"GroupId": {"tag": 1, "content": "sg-2"}},
        "instancesSet": {"items": [{"instanceId": "i-1"}, {"instanceId": "i-2"}, {"other": 3}]},
        "portNumber": 22,
        "flag": True,
        "hostile": ["a\x00b", "\ud800", "x" * 3000, "", "a\nb", "fine"],
        "single": {"id": "x"},
        "clusterArn": "arn%3Aaws%3Akafka%3Aeu-west-1%3A1%3Acluster%2Fc%2F1",
        "encoded": "arn%3Aaws%00",
        "share": "50%3A",
    }
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("requestParameters.groupId", ["sg-1"]),
        ("REQUESTPARAMETERS.groupid", ["sg-1"]),
        ("requestParameters.modifySecurityGroupRulesRequest.groupId", ["sg-2"]),
        ("requestParameters.instancesSet.items[].instanceId", ["i-1", "i-2"]),
        ("requestParameters.single[].id", ["x"]),
        ("requestParameters.portNumber", ["22"]),
        ("requestParameters.flag", []),
        ("requestParameters.hostile[]", ["fine"]),
        ("requestParameters.clusterArn", ["arn:aws:kafka:eu-west-1:1:cluster/c/1"]),
        ("requestParameters.encoded", []),
        ("requestParameters.share", ["50%3A"]),
        ("requestParameters.instancesSet", []),
        ("requestParameters.nothing.at.all", []),
        ("responseElements.x", []),
    ],
)
def test_find_all(path: str, found: list[str]) -> None:
    assert find_all(EVENT, path) == found


def test_fill_replaces_once_and_never_looks_into_values() -> None:
    values = {"id": "{account}", "account": "123", "ids": ["a", "b"], "item": {"Key": "k"}}
    assert fill({"Bucket": "{id}", "Deep": [{"X": "x-{account}-{id}"}]}, values) == {
        "Bucket": "{account}",
        "Deep": [{"X": "x-123-{account}"}],
    }
    assert fill("{ids}", values) == ["a", "b"]
    assert fill("{item.Key}", values) == "k"
    assert fill(7, values) == 7


def test_template_reads_back() -> None:
    pattern = template_pattern("arn:{partition}:ec2:{region}:{account}:security-group/{id}")
    found = pattern.fullmatch("arn:aws:ec2:eu-west-1:123456789012:security-group/sg-1")
    assert found is not None
    assert found.groupdict() == {
        "partition": "aws",
        "region": "eu-west-1",
        "account": "123456789012",
        "id": "sg-1",
    }
    assert pattern.fullmatch("arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-1") is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda each: st.lists(each) | st.dictionaries(st.text(), each),
    ),
    st.text(),
)
def test_find_all_never_raises(node: object, path: str) -> None:
    for value in find_all(node, path):
        assert isinstance(value, str)
