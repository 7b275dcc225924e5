"""Lambda policies in files: what is built of them, what is wrong with them, and the page about them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from liveaudit.audit.asked import contract
from liveaudit.custom.files import load_folder
from liveaudit.custom.functions import Asked, asked_functions
from liveaudit.policies.policy import Policy, PolicyKind

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "lambda-policies.md").read_text(encoding="utf-8")
ARN = "arn:aws:lambda:eu-west-1:111111111111:function:judge"


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def loaded(folder: Path, **given: Any) -> tuple[tuple[Policy, ...], list[str]]:
    made = {
        "id": "acme_named",
        "type": "AWS::S3::Bucket",
        "severity": "low",
        "title": "t",
        "why": "w",
        "fix": "f",
        "lambda": {"function": ARN, "sections": ["acl"]} | given.pop("lambda_", {}),
    } | given
    (folder / "p.yaml").write_text(yaml.safe_dump({"policies": [made]}), encoding="utf-8")
    found = load_folder(folder)
    return found.policies, found.told()


def test_a_policy_asks_its_function(tmp_path: Path) -> None:
    (policy,), mistakes = loaded(tmp_path, lambda_={"batch": 7, "timeout": 9, "concurrency": 3})
    assert mistakes == []
    assert policy.kind is PolicyKind.LAMBDA
    assert policy.asks is not None
    assert (policy.asks.whom, policy.asks.options) == (ARN, Asked(7, 9, 3))
    assert policy.sections == {"acl", "tagging"}
    assert asked_functions([policy, policy]) == (ARN,)


def test_without_tags_it_reads_what_it_names(tmp_path: Path) -> None:
    (policy,), _ = loaded(tmp_path, lambda_={"tags": False})
    assert policy.sections == {"acl"}


def test_another_function_is_another_policy_and_another_text_is_not(tmp_path: Path) -> None:
    (one,), _ = loaded(tmp_path)
    (same,), _ = loaded(tmp_path, title="Another title")
    (other,), _ = loaded(tmp_path, lambda_={"function": ARN + ":live"})
    assert one.version == same.version != other.version


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"function": "judge"}, r"lambda\.function.*a function's ARN"),
        ({"function": ARN.replace("111111111111", "1")}, r"lambda\.function.*a function's ARN"),
        (
            {"function": ARN.replace("arn:aws:", "arn:aws-cn:")},
            r"lambda\.function.*eu-west-1 is in the partition aws",
        ),
        ({"sections": ["acls"]}, r"lambda\.sections.*acls.*acl"),
        ({"sections": []}, r"lambda\.sections"),
        ({"batch": 0}, r"lambda\.batch"),
        ({"timeout": 901}, r"lambda\.timeout"),
        ({"more": 1}, r"lambda\.more"),
    ],
)
def test_mistakes_are_told_by_field_and_line(tmp_path: Path, wrong: dict[str, Any], told: str) -> None:
    policies, mistakes = loaded(tmp_path, lambda_=wrong)
    assert policies == ()
    assert any(re.search(told, each) and re.search(r"p\.yaml:\d+:\d+", each) for each in mistakes), mistakes


def test_the_page_has_a_policy_and_a_function_that_work(tmp_path: Path) -> None:
    (tmp_path / "page.yaml").write_text(block("yaml"), encoding="utf-8")
    found = load_folder(tmp_path)
    assert found.told() == []
    assert [each.id for each in found.policies] == ["acme_bucket_named_for_its_team"]
    space: dict[str, Any] = {}
    exec(compile(block("python"), "lambda-policies.md", "exec"), space)  # noqa: S102 - the page's own example
    request = json.loads(block("json"))
    jsonschema.validate(request, contract.schemas()["lambda-request.schema.json"])
    answer = space["handler"](request, None)
    jsonschema.validate(answer, contract.schemas()["lambda-response.schema.json"])
    assert [each["verdict"] for each in answer["verdicts"]] == ["FAIL"]


def test_the_page_tells_every_field_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ?(.*?) ?\|", PAGE, re.MULTILINE))
    assert rows == {
        "function": "",
        "sections": "",
        "tags": "`true`",
        "batch": str(Asked().batch),
        "timeout": str(Asked().timeout),
        "concurrency": str(Asked().concurrency),
    }
