"""Templates: read, checked, ordered, resolved."""

from __future__ import annotations

import json
from typing import Any

import pytest

from liveaudit.lab.stacks.engine import HANDLERS
from liveaudit.lab.stacks.intrinsics import Scope, TemplateError, references
from liveaudit.lab.stacks.template import BODY_LIMIT, Template, parse

QUEUE = {"Type": "AWS::SQS::Queue"}


def template(**sections: Any) -> Template:
    return parse(json.dumps({"Resources": {"Queue": QUEUE}, **sections}))


def scope(**values: Any) -> Scope:
    return Scope(
        {"AWS::Region": "eu-west-1", "Name": "n", **values},
        {"Queue": {"Arn": "arn:queue"}},
        {"Is": {"Fn::Equals": [{"Ref": "Name"}, "n"]}, "Isnt": {"Fn::Not": [{"Condition": "Is"}]}},
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Name"}, "n"),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, "arn:queue"),
        ({"Fn::GetAtt": "Queue.Arn"}, "arn:queue"),
        (
            {"Fn::Sub": "${Name} in ${AWS::Region}: ${Queue.Arn} ${!literal}"},
            "n in eu-west-1: arn:queue ${literal}",
        ),
        ({"Fn::Sub": ["${Own}-${Name}", {"Own": {"Ref": "AWS::Region"}}]}, "eu-west-1-n"),
        ({"Fn::Join": [":", ["a", {"Ref": "Name"}]]}, "a:n"),
        ({"Fn::If": ["Is", "yes", "no"]}, "yes"),
        ({"Fn::If": ["Isnt", "yes", {"Ref": "Name"}]}, "n"),
        ({"Fn::And": [{"Condition": "Is"}, {"Fn::Or": [{"Condition": "Isnt"}, {"Condition": "Is"}]}]}, True),
        ({"Fn::Select": ["1", {"Fn::Split": ["/", "a/b"]}]}, "b"),
        ({"a": {"Ref": "AWS::NoValue"}, "b": [1, {"Ref": "AWS::NoValue"}]}, {"b": [1]}),
        (
            {"Effect": "Allow", "Condition": {"Bool": {"x": "true"}}},
            {"Effect": "Allow", "Condition": {"Bool": {"x": "true"}}},
        ),
        ({"Condition": {"Bool": {"x": {"Ref": "Name"}}}}, {"Condition": {"Bool": {"x": "n"}}}),
    ],
)
def test_functions(value: Any, expected: Any) -> None:
    assert scope().resolve(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        {"Ref": "Nobody"},
        {"Fn::GetAtt": ["Queue", "Colour"]},
        {"Fn::GetAtt": ["Queue"]},
        {"Fn::Sub": "${Nobody}"},
        {"Fn::Join": ["a"]},
        {"Fn::Select": [7, ["a"]]},
        {"Fn::If": ["Unknown", 1, 2]},
    ],
)
def test_what_cannot_be_resolved_is_told(value: Any) -> None:
    with pytest.raises(TemplateError):
        scope().resolve(value)


def test_references() -> None:
    value = {
        "a": [{"Ref": "A"}, {"Fn::GetAtt": "B.Arn"}],
        "b": {"Fn::Sub": ["${C} ${D.x} ${E}", {"E": {"Ref": "F"}}]},
    }
    assert set(references(value)) == {"A", "B", "C", "D", "F"}


def test_yaml_with_short_forms() -> None:
    body = """
Resources:
  Rule:
    Type: AWS::Events::Rule
    Properties:
      Name: !Sub "rule-${AWS::Region}"
      EventPattern: {source: [aws.s3]}
      Targets: [{Id: q, Arn: !GetAtt Queue.Arn}]
  Queue: {Type: AWS::SQS::Queue, Condition: Wanted}
Conditions:
  Wanted: !Equals [!Ref "AWS::Region", eu-west-1]
"""
    read = parse(body)
    assert read.resources["Rule"]["Properties"]["Targets"] == [
        {"Id": "q", "Arn": {"Fn::GetAtt": "Queue.Arn"}}
    ]
    assert read.conditions["Wanted"] == {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}
    assert read.order(read.resources) == ["Queue", "Rule"]
    assert read.unsupported(HANDLERS) == ""


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "at least one Resources"),
        ("{", "JSON not well-formed"),
        ("a: [", "YAML not well-formed"),
        ("- a", "unsupported structure"),
        ("{}", "At least one Resources"),
        ('{"Resources": {"A": {}}}', "Type is not defined"),
        (
            json.dumps({"Resources": {"A": {**QUEUE, "Properties": {"QueueName": {"Ref": "B"}}}}}),
            r"dependencies \[B\]",
        ),
        (
            json.dumps({"Resources": {"A": {**QUEUE, "DependsOn": "B"}, "B": {**QUEUE, "DependsOn": ["A"]}}}),
            "Circular dependency",
        ),
        (
            json.dumps({"Resources": {"A": QUEUE}, "Description": "x" * BODY_LIMIT}),
            "less than or equal to 51200",
        ),
    ],
)
def test_templates_that_are_refused(body: str, message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        parse(body)


@pytest.mark.parametrize(
    ("sections", "what"),
    [
        ({"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}, "AWS::S3::Bucket"),
        ({"Transform": "AWS::Serverless-2016-10-31"}, "Transform"),
        ({"Outputs": {"O": {"Value": {"Fn::ImportValue": "x"}}}}, "Fn::ImportValue"),
        ({"Metadata": {"liveaudit": {"version": 1}}}, ""),
    ],
)
def test_what_the_labs_own_stacks_cannot_do(sections: dict[str, Any], what: str) -> None:
    assert what in template(**sections).unsupported(HANDLERS)
    assert bool(template(**sections).unsupported(HANDLERS)) == bool(what)


def test_parameters() -> None:
    read = template(
        Parameters={"A": {"Type": "String", "Default": "1"}, "B": {"Type": "String", "AllowedValues": ["x"]}}
    )
    assert read.values({"B": "x"}) == {"A": "1", "B": "x"}
    for given, message in (
        ({}, r"\[B\] must have values"),
        ({"B": "y"}, "AllowedValues"),
        ({"C": "1"}, r"\[C\] do not"),
    ):
        with pytest.raises(TemplateError, match=message):
            read.values(given)


@pytest.mark.parametrize(
    ("resource", "capability"),
    [
        (QUEUE, ""),
        ({"Type": "AWS::IAM::Role"}, "CAPABILITY_IAM"),
        ({"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r"}}, "CAPABILITY_NAMED_IAM"),
    ],
)
def test_capability(resource: dict[str, Any], capability: str) -> None:
    assert template(Resources={"R": resource}).capability() == capability
