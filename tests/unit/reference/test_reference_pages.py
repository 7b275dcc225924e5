"""The reference pages: what stands in them, and how they are written."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from liveaudit.cli.common import CommandError
from liveaudit.cli.main import app
from liveaudit.frameworks.framework import load_frameworks
from liveaudit.reference.facts import by_id, gather
from liveaudit.reference.markdown import MADE
from liveaudit.reference.pages import all_pages
from liveaudit.services import load, remedies

CATALOG, POLICIES = load()


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return all_pages(CATALOG, POLICIES)


def test_there_is_a_page_for_everything(pages: dict[str, str]) -> None:
    wanted = {"coverage.md", "config-items.md", "policies/README.md"}
    wanted |= {f"policies/{each}.md" for each in by_id(POLICIES.all())}
    wanted |= {f"services/{each}.md" for each in CATALOG.services}
    assert pages.keys() == wanted
    assert all(MADE in page for page in pages.values())


@pytest.mark.parametrize("policy_id", sorted(by_id(POLICIES.all())))
def test_a_page_tells_all_of_a_policy(policy_id: str, pages: dict[str, str]) -> None:
    page = pages[f"policies/{policy_id}.md"]
    facts = gather(POLICIES.named(policy_id), CATALOG, remedies())
    assert facts.reads, f"{policy_id} reads nothing"
    assert facts.calls, f"{policy_id} reads no section that a call gives"
    headings = ("## Why", "## How it is judged", "## How to mend it", "## What it reads", "## Frameworks")
    ways = ("### In the console", "### With the AWS CLI", "### With CloudFormation", "### With Terraform")
    assert all(f"\n{heading}\n" in page for heading in headings + ways)
    for text in (facts.policy.title, facts.policy.why, facts.policy.fix, *facts.types, *facts.calls):
        assert text in page
    assert " at 0x" not in page, "an address in memory is another one every time"
    for name, controls in facts.frameworks.items():
        assert f"| {name} | {controls[0]} {load_frameworks()[name].controls[controls[0]].title}" in page


def test_a_section_of_another_resource_is_followed_to_where_it_is_read() -> None:
    facts = gather(POLICIES.named("s3_bucket_public_access"), CATALOG, remedies())
    (read,) = [each for each in facts.reads if each.section == "account_public_access_block"]
    assert read.of == "AWS::S3::AccountPublicAccessBlock"
    assert read.calls == ("s3control:GetPublicAccessBlock",)
    assert "PutAccountPublicAccessBlock" in read.events
    assert "PutAccountPublicAccessBlock" in facts.events


def test_what_a_shared_function_was_given_is_told() -> None:
    facts = gather(
        POLICIES.named("ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_mysql_3306"),
        CATALOG,
        remedies(),
    )
    assert facts.code.startswith("def ")
    assert facts.given["row.service"] == "'MySQL'"


def test_a_policy_on_several_types_has_one_page(pages: dict[str, str]) -> None:
    page = pages["policies/iam_inline_policy_no_full_access_to_kms.md"]
    assert "`AWS::IAM::Group`, `AWS::IAM::Role`, `AWS::IAM::User`" in page


def test_coverage_tells_what_is_not_covered(pages: dict[str, str]) -> None:
    page = pages["coverage.md"]
    assert "SharedSnapshotCopyInitiated" in page
    assert "- CIS 7.0: 2.1.2, 2.1.3, 2.1.4, 2.2, 6.8" in page
    for each in CATALOG:
        assert f"| `{each.name}` |" in page


def test_a_service_page_tells_what_is_ignored(pages: dict[str, str]) -> None:
    page = pages["services/s3.md"]
    assert "`PutBucketAbac`" in page
    assert "| `acl` | `s3:GetBucketAcl` | `DeleteBucketOwnershipControls`, `PutBucketAcl`" in page


def test_the_command_writes_the_pages_and_takes_old_ones_away(
    tmp_path: Path, pages: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("liveaudit.reference.pages.all_pages", lambda _catalog, _policies: pages)
    old = tmp_path / "policies" / "old.md"
    old.parent.mkdir()
    old.write_text(f"# old\n\n{MADE}\n", encoding="utf-8")
    assert CliRunner().invoke(app, ["catalog", "docs", str(tmp_path)]).exit_code == 0
    assert not old.exists()
    found = {str(each.relative_to(tmp_path)): each for each in tmp_path.rglob("*.md")}
    assert found.keys() == pages.keys()
    assert found["coverage.md"].read_text("utf-8") == pages["coverage.md"]
    old.write_text("# mine\n", encoding="utf-8")
    told = CliRunner().invoke(app, ["catalog", "docs", str(tmp_path)])
    assert isinstance(told.exception, CommandError)
    assert old.exists()
