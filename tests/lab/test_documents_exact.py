"""A whole life of an installation, by its commands, with exactly the printed documents.

Nothing is refused, and nothing is there for nothing. What each action is needed for: ``test_setup_documents``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from liveaudit.cli.main import app
from liveaudit.demo.owner import make_documents, make_runner
from liveaudit.lab import Lab
from liveaudit.provision import names
from liveaudit.provision.documents import AccountDocuments, Documents, documents
from liveaudit.provision.documents.stacks import ORIGINAL_STACK_ACTIONS
from liveaudit.provision.resolve import declared
from liveaudit.services import load
from liveaudit.settings import parse
from tests.lab.conftest import PUBLISHER, RECEIVER

pytestmark = pytest.mark.lab
REGION = "us-east-1"
CATALOG, POLICIES = load()
_TAGS = {"events:ListTagsForResource", "events:TagResource", "events:UntagResource", "sqs:ListQueueTags"}
"""CloudFormation's registry names them; the lab's CloudFormation tags nothing by itself."""
_WHAT_CHANGES_SELDOM = {"iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription"}
"""Of the forwarding role, whose text a later version may change."""
UNUSED: Mapping[str, set[str]] = {
    names.EXECUTION_ROLE: {
        *ORIGINAL_STACK_ACTIONS,
        "cloudformation:ListStacks",
        *_TAGS,
        *_WHAT_CHANGES_SELDOM,
    },
    names.AUDIT_ROLE: {
        # a worker that stops in the middle of its work gives it back
        "sqs:ChangeMessageVisibility",
        # drift is mended
        "cloudformation:UpdateStackInstances",
        # a hello that is missing is looked for among what could not be delivered
        "sqs:ReceiveMessage",
        # the raw event is looked up when somebody asks: test_raw_events
        "cloudtrail:LookupEvents",
    },
    names.ADMINISTRATION_ROLE: set(),
}


def settings_of(folder: Path, **given: Any) -> Path:
    file = folder / "liveaudit.yaml"
    content = {
        "receiver": RECEIVER,
        "accounts": [{"id": RECEIVER}, {"id": PUBLISHER}],
        "regions": [REGION],
        "external_id": "a-word",
        "forwarding_role": "stack-set",
        "store": f"sqlite:///{folder / 'store.sqlite3'}",
        **given,
    }
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return file


def made_for(file: Path) -> Documents:
    return documents(declared(parse(yaml.safe_load(file.read_text(encoding="utf-8")))), CATALOG, POLICIES)


def run(group: str, command: str, file: Path, *further: str) -> None:
    """A command as the runner types it."""
    result = CliRunner().invoke(app, [group, command, "--settings", str(file), *further])
    assert result.exit_code == 0, f"{command}: {result.output} {result.exception!r}"


def held(account: AccountDocuments, role: str) -> set[str]:
    """What a role may do besides the reads of the audit."""
    reads = {
        action
        for each in account.policies
        if each.name.startswith(names.AUDIT_POLICY)
        for action in each.actions()
    }
    return set(account.allowed(role)) - reads


@pytest.fixture
def settings(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings of an installation whose owners have made their documents; the environment is the runner's."""
    file = settings_of(tmp_path)
    made = made_for(file)
    make_documents(lab.client, made)
    key, secret = make_runner(lab.client(RECEIVER, "iam", REGION), "aws", made.account(RECEIVER))
    for account in (RECEIVER, PUBLISHER):
        bucket = f"trail-of-{account}"
        lab.client(account, "s3", REGION).create_bucket(Bucket=bucket)
        cloudtrail = lab.client(account, "cloudtrail", REGION)
        cloudtrail.create_trail(Name="trail", S3BucketName=bucket, IsMultiRegionTrail=True)
        cloudtrail.start_logging(Name="trail")
    environment = lab.environment(RECEIVER, REGION)
    for name, value in {**environment, "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}.items():
        monkeypatch.setenv(name, value)
    return file


def test_nothing_is_refused_and_nothing_is_there_for_nothing(lab: Lab, settings: Path) -> None:
    made = made_for(settings)
    lab.clear_decisions()
    run("setup", "check", settings)
    settings_of(settings.parent, services=["s3"])
    run("setup", "apply", settings, "--yes")
    settings_of(settings.parent)
    run("setup", "apply", settings, "--yes")
    run("setup", "verify", settings)
    run("setup", "status", settings)
    run("setup", "destroy", settings, "--yes")
    used: dict[str, set[str]] = defaultdict(set)
    for decision in lab.decisions():
        assert decision.allowed, decision
        used[decision.principal].add(decision.action)
    for account in made.accounts:
        for role in account.roles:
            arn = names.role_arn(made.partition, account.account, role.name)
            unused = held(account, role.name) - used[arn] - UNUSED[role.name]
            assert not unused, f"{arn}: {sorted(unused)}"
