"""What authors of policies test with, and the page that tells of it."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import liveaudit
from liveaudit.catalog.types import ResourceType
from liveaudit.model import Outcome
from liveaudit.services import load
from liveaudit.services.s3.policies import versioning_is_on
from liveaudit.testing import (
    FakeAws,
    NoSampleError,
    UnlikeTheApiError,
    assert_fails,
    assert_passes,
    assert_unknown,
    audited,
    judged,
    policies_in,
    resource_of,
    sample,
)
from liveaudit.testing.aws import NotToldError
from liveaudit.testing.judging import UnusablePoliciesError
from liveaudit.testing.shapes import shape_of

PAGE = Path(__file__).parents[3] / "docs" / "python-policies.md"
CATALOG, POLICIES = load()
VERSIONS = POLICIES.named("s3_bucket_object_versioning")[0]
TYPES = [each for each in CATALOG.types.values() if each.sections]


@pytest.mark.parametrize("resource_type", TYPES, ids=lambda each: each.name)
def test_every_section_with_a_model_has_a_sample(resource_type: ResourceType) -> None:
    for name, section in resource_type.sections.items():
        if section.reference is None and shape_of(section) is not None:
            assert sample(resource_type.name, name) is not None


def test_samples_are_as_the_api_gives_them() -> None:
    assert sample("AWS::S3::Bucket", "versioning", Status="Enabled") == {
        "Status": "Enabled",
        "MFADelete": "Enabled",
    }
    with pytest.raises(UnlikeTheApiError, match="has no Stats"):
        sample("AWS::S3::Bucket", "versioning", Stats="Enabled")
    with pytest.raises(NoSampleError, match=r"has no section versions; it has .*versioning"):
        sample("AWS::S3::Bucket", "versions")
    with pytest.raises(NoSampleError, match="no resource type"):
        sample("AWS::S3::Buckets", "versioning")


def test_a_policy_is_run_on_what_is_given() -> None:
    assert_passes(VERSIONS, versioning={"Status": "Enabled"})
    assert_fails(VERSIONS, "not enabled", versioning={})
    assert_unknown(VERSIONS, "denied", unknown={"versioning": "GetBucketVersioning: denied"})
    assert judged(versioning_is_on, versioning={}).outcome == Outcome.FAIL


def test_every_section_can_be_given() -> None:
    asked = {
        name for name, each in inspect.signature(judged).parameters.items() if each.kind == each.KEYWORD_ONLY
    }
    assert {"now", "set_to"} <= asked
    assert not asked & {name for each in TYPES for name in each.sections}
    by_policy = next(each for each in POLICIES.all() if "policy" in each.sections)
    assert judged(by_policy, unknown={"policy": "denied"}).outcome == Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"versioning": {"Status": "Enabled"}}, "FAIL was expected, not PASS"),
        ({"versioning": {}, "reason": "because of the moon"}, "does not stand in"),
    ],
)
def test_another_verdict_is_told(given: dict[str, object], error: str) -> None:
    with pytest.raises(AssertionError, match=error):
        assert_fails(VERSIONS, **given)  # type: ignore[arg-type]  # sections and reason alike


def test_mistakes_of_a_test_are_told() -> None:
    with pytest.raises(ValueError, match="does not read"):
        judged(VERSIONS, acl={})
    with pytest.raises(UnlikeTheApiError):
        judged(VERSIONS, versioning={"Stat": "Enabled"})
    assert judged(VERSIONS, like_the_api=False, versioning={"Stat": "Enabled"}).outcome == Outcome.FAIL
    with pytest.raises(ValueError, match="is no policy"):
        judged(lambda: None)  # type: ignore[arg-type, return-value]  # the mistake


def test_a_resource_is_audited_on_answers() -> None:
    bucket = resource_of("AWS::S3::Bucket", "data")
    aws = FakeAws().answers("s3", "GetBucketVersioning", {"Status": "Enabled"}, Bucket="data")
    assert audited(bucket, [VERSIONS], aws)[VERSIONS.id].outcome == Outcome.PASS
    assert aws.calls == [("s3", "GetBucketVersioning", {"Bucket": "data"})]
    aws.refuses("s3", "GetBucketVersioning", "AccessDenied", status=403, message="no")
    denied = audited(bucket, [VERSIONS], aws)[VERSIONS.id]
    assert denied.outcome == Outcome.UNKNOWN
    assert "AccessDenied" in denied.reason
    with pytest.raises(NotToldError, match=r"s3 GetBucketVersioning .*'other'"):
        audited(
            resource_of("AWS::S3::Bucket", "other"),
            [VERSIONS],
            FakeAws().answers("s3", "GetBucketVersioning", {}, Bucket="data"),
        )


def test_a_folder_with_mistakes_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("1 / 0\n", encoding="utf-8")
    with pytest.raises(UnusablePoliciesError, match=r"bad\.py:1:1: ZeroDivisionError"):
        policies_in(tmp_path)


def test_what_the_page_shows_runs(tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    policy, test = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (tmp_path / "acme_buckets.py").write_text(policy, encoding="utf-8")
    (tmp_path / "test_acme_buckets.py").write_text(test, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(liveaudit.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "5 passed" in ran.stdout
