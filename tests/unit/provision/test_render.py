"""The writers: what is written is read back as it was, whatever stands in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint_all

from liveaudit.provision.render.cloudformation import (
    BODY_LIMIT,
    DESCRIPTION_LIMIT,
    Template,
    logical_name,
    portable,
    ref,
)
from liveaudit.provision.render.hcl import Block, Call, Joined, Ref, Value, hcl, identifier
from liveaudit.provision.render.text import json_text
from tests.support.terraform import evaluate, parse

HOSTILE: dict[str, Value] = {
    "quote": 'a" }\nresource "x" "y" {',
    "interpolation": '${file("/etc/passwd")} $${x} $$${y} %{ if true }z%{ endif } %%{w}',
    "dollar": "cost$",
    "percent": "100%",
    "backslash": "\\${x} \\",
    "control": "\x00\x07\x1b[31m\t\r\n",
    "bidi": "abc\u202edef\u2028",
    "wide": "\U0001f600",
    "comment": "# // /* */",
    'ke"y${z}': ["x", "", 0, 1, True, False, None, [], {}, [["deep"]], {"a": {"b": ["c", "d"]}}],
}


HOSTILE_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "111111111111"},
            "Action": "sqs:SendMessage",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:PrincipalTag/x": '\u202e${x} " \\'}},
        }
    ],
}


def written(value: Any) -> str:
    return hcl([Block("locals", (), {"x": value})])


def test_hcl_is_read_back_as_it_was() -> None:
    assert parse(written(HOSTILE))["locals"][0]["x"] == HOSTILE


def test_terraform_reads_the_same(tmp_path: Path) -> None:
    text = hcl(
        [
            Block("locals", (), {"a": "A", "long_name": ["one", "two"], "b": 1}),
            Block(
                "locals",
                (),
                {
                    "x": {
                        **HOSTILE,
                        "call": Call("jsonencode", HOSTILE),
                        "joined": Joined(("cost$", Ref("local.a"), "100%", Ref("local.a"), "$", "{x}", "%")),
                    }
                },
            ),
        ],
        comment="who made it\n${x} \u202e",
    )
    value = evaluate(text, tmp_path)
    if value is None:
        pytest.skip("terraform is not on this machine")
    assert json.loads(value.pop("call")) == HOSTILE
    assert value.pop("joined") == "cost$A100%A${x}%"
    assert value == HOSTILE


def test_half_characters_do_not_break_the_file() -> None:
    assert parse(written("a\ud800b"))["locals"][0]["x"] == "a\ufffdb"


def test_blocks_in_blocks() -> None:
    text = hcl(
        [
            Block(
                "resource",
                ("aws_x", "y"),
                {"name": "n", "other": Ref("aws_z.w[0].arn")},
                (Block("lifecycle", (), {"prevent_destroy": True}), Block("empty")),
            )
        ]
    )
    assert text == (
        'resource "aws_x" "y" {\n  name  = "n"\n  other = aws_z.w[0].arn\n\n'
        "  lifecycle {\n    prevent_destroy = true\n  }\n\n  empty {}\n}\n"
    )


@pytest.mark.parametrize("path", ["", "a b", "a.${b}", 'a["x"', 'file("x")', "a.", "1a", "a\n"])
def test_what_is_no_reference_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="no reference"):
        Ref(path)


@pytest.mark.parametrize("label", ['x"', "a b", "", "${x}"])
def test_names_of_blocks_are_identifiers(label: str) -> None:
    with pytest.raises(ValueError, match="no identifier"):
        hcl([Block("resource", (label,))])


@pytest.mark.parametrize("text", ["MVC_for_AWS_role", "1 2", "", "é", "a-b.c"])
def test_any_text_makes_an_identifier(text: str) -> None:
    assert hcl([Block("resource", (identifier(text),))])


def test_json_is_ascii_and_read_back() -> None:
    assert json_text(HOSTILE).isascii()
    assert json.loads(json_text(HOSTILE)) == HOSTILE


def test_logical_ids_are_of_their_own() -> None:
    template = Template("x")
    assert template.add("liveaudit-audit-1", "AWS::SQS::Queue", {}) == "LiveauditAudit1"
    assert template.add("liveaudit_audit_1", "AWS::SQS::Queue", {}) == "LiveauditAudit12"
    assert logical_name("-é-") == "Resource"


def test_a_template_is_valid_whatever_its_texts() -> None:
    template = Template("\u202e" + "d" * 2000, metadata={"liveaudit": {"part": "x"}})
    queue = template.add("queue", "AWS::SQS::Queue", {"QueueName": "liveaudit-x"})
    template.add(
        "policy", "AWS::SQS::QueuePolicy", {"Queues": [ref(queue)], "PolicyDocument": HOSTILE_POLICY}
    )
    assert len(template.body()["Description"]) == DESCRIPTION_LIMIT
    assert [str(each) for each in lint_all(template.text()) if not each.rule.id.startswith("I")] == []


def test_a_long_template_is_written_without_white_space() -> None:
    template = Template("x")
    for number in range(450):
        template.add(f"q{number}", "AWS::SQS::Queue", {"QueueName": f"liveaudit-{number}"})
    assert len(json_text(template.body())) > BODY_LIMIT
    assert len(template.text()) < BODY_LIMIT
    assert json.loads(template.text()) == template.body()


def test_pseudo_parameters_are_substituted_and_nothing_else() -> None:
    assert portable({"${AWS::Region}": ["arn:${AWS::Partition}:x", "${aws:username}", 1, None]}) == {
        "${AWS::Region}": [{"Fn::Sub": "arn:${AWS::Partition}:x"}, "${aws:username}", 1, None]
    }
    assert portable("${AWS::AccountId} ${aws:username} ${!x}") == {
        "Fn::Sub": "${AWS::AccountId} ${!aws:username} ${!!x}"
    }
