"""The documents under the lab's permission gate: what they are for is allowed, what they are not for is refused."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore.config import Config
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from liveaudit.cli.main import app
from liveaudit.demo.owner import make_documents, make_runner
from liveaudit.intake.envelope import HELLO_DETAIL_TYPE, HELLO_SOURCE
from liveaudit.lab import Lab
from liveaudit.provision import names
from liveaudit.provision.documents import documents
from liveaudit.provision.installation import Account, Installation
from liveaudit.services import load
from tests.lab.conftest import PUBLISHER, RECEIVER

pytestmark = pytest.mark.lab
REGION = "us-east-1"
WORD = "word"
INSTALLATION = Installation(
    RECEIVER, tuple(Account(each, regions=(REGION,), external_id=WORD) for each in (RECEIVER, PUBLISHER))
)
MADE = documents(INSTALLATION, *load())

Client = Callable[[str], Any]


def clients(lab: Lab, key: str, secret: str, token: str = "") -> Client:
    session = boto3.session.Session(key, secret, token or None, REGION)
    config = Config(retries={"mode": "standard", "total_max_attempts": 1})
    return lambda service: session.client(service, endpoint_url=lab.endpoint_url, config=config)


@pytest.fixture
def keys(lab: Lab) -> tuple[str, str]:
    """The runner's access key, with the documents made in both accounts."""
    make_documents(lab.client, MADE)
    return make_runner(lab.client(RECEIVER, "iam", REGION), "aws", MADE.account(RECEIVER))


@pytest.fixture
def runner(lab: Lab, keys: tuple[str, str]) -> Client:
    return clients(lab, *keys)


@pytest.fixture
def enter(lab: Lab, runner: Client) -> Callable[..., Client]:
    def entered(account: str, *, role: str = names.AUDIT_ROLE, external_id: str = WORD) -> Client:
        given = {"ExternalId": external_id} if external_id else {}
        answer = runner("sts").assume_role(
            RoleArn=names.role_arn("aws", account, role), RoleSessionName="test", **given
        )["Credentials"]
        return clients(lab, answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])

    return entered


def refused(call: Callable[[], Any]) -> str:
    """The code of the refusal."""
    with pytest.raises(ClientError) as caught:
        call()
    return str(caught.value.response["Error"]["Code"])


def hello(source: str, detail_type: str) -> list[dict[str, str]]:
    return [{"Source": source, "DetailType": detail_type, "Detail": "{}"}]


def test_the_runner_enters_with_the_external_id_only(enter: Callable[..., Client], runner: Client) -> None:
    assert enter(PUBLISHER)("sts").get_caller_identity()["Account"] == PUBLISHER
    assert refused(lambda: enter(PUBLISHER, external_id="")) == "AccessDenied"
    assert refused(lambda: enter(PUBLISHER, external_id="other")) == "AccessDenied"
    assert refused(lambda: enter(PUBLISHER, role=names.EXECUTION_ROLE)) == "AccessDenied"
    assert refused(lambda: enter(PUBLISHER, role=names.FORWARDING_ROLE)) == "AccessDenied"
    assert refused(lambda: runner("s3").list_buckets()) == "AccessDenied"


def test_the_audit_role_reads_and_changes_nothing(enter: Callable[..., Client]) -> None:
    account = enter(PUBLISHER)
    account("iam").list_users()
    account("ec2").describe_security_groups()
    account("s3").list_buckets()
    assert refused(lambda: account("iam").create_user(UserName="x")) == "AccessDenied"
    assert refused(lambda: account("s3").create_bucket(Bucket="x-y-z")) == "AccessDenied"
    assert "Unauthorized" in refused(
        lambda: account("ec2").create_security_group(GroupName="x", Description="x")
    )
    assert "AccessDenied" in refused(lambda: account("sqs").create_queue(QueueName=names.UNDELIVERED_QUEUE))


def test_a_hello_may_be_sent_and_no_other_event(enter: Callable[..., Client]) -> None:
    events = enter(PUBLISHER)("events")
    both = [*hello(f"{HELLO_SOURCE}1", HELLO_DETAIL_TYPE), *hello(f"{HELLO_SOURCE}2", HELLO_DETAIL_TYPE)]
    assert events.put_events(Entries=both)["FailedEntryCount"] == 0
    for other in (
        hello("somebody.else", HELLO_DETAIL_TYPE),
        hello(f"{HELLO_SOURCE}1", "another type"),
        [*both, *hello("somebody.else", HELLO_DETAIL_TYPE)],
    ):
        assert refused(partial(events.put_events, Entries=other)) == "AccessDeniedException"


def test_only_the_receiver_works_on_its_queue(lab: Lab, enter: Callable[..., Client]) -> None:
    url = lab.client(RECEIVER, "sqs", REGION).create_queue(QueueName=names.QUEUE)["QueueUrl"]
    receiver, publisher = enter(RECEIVER)("sqs"), enter(PUBLISHER)("sqs")
    assert receiver.get_queue_url(QueueName=names.QUEUE)["QueueUrl"] == url
    assert "Messages" not in receiver.receive_message(QueueUrl=url)
    assert "AccessDenied" in refused(lambda: receiver.send_message(QueueUrl=url, MessageBody="x"))
    assert "AccessDenied" in refused(lambda: publisher.receive_message(QueueUrl=url))


def test_the_receiver_lets_publishers_in(enter: Callable[..., Client]) -> None:
    grant = {
        "EventBusName": "default",
        "Action": "events:PutEvents",
        "Principal": PUBLISHER,
        "StatementId": names.grant_id(PUBLISHER),
    }
    receiver, publisher = enter(RECEIVER)("events"), enter(PUBLISHER)("events")
    receiver.put_permission(**grant)
    assert PUBLISHER in receiver.describe_event_bus(Name="default")["Policy"]
    receiver.remove_permission(EventBusName="default", StatementId=names.grant_id(PUBLISHER))
    assert "AccessDenied" in refused(lambda: publisher.put_permission(**grant))


def test_accounts_and_regions_are_looked_up_as_the_runner(
    lab: Lab, keys: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "liveaudit.yaml"
    given = {
        "receiver": RECEIVER,
        "accounts": [{"id": RECEIVER}, {"id": PUBLISHER}],
        "regions": "all",
        "external_id": WORD,
    }
    file.write_text(yaml.safe_dump(given), encoding="utf-8")
    for name, value in lab.environment(RECEIVER, REGION).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys[0])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys[1])
    result = CliRunner().invoke(app, ["iam", "--settings", str(file), "--resolve", "--account", RECEIVER])
    assert result.exit_code == 0, result.output + repr(result.exception)
    assert result.stderr == ""
    assert "AWSCloudFormationStackSetAdministrationRole.trust.json" in result.stdout
