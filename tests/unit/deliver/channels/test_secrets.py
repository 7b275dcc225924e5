"""Secrets: found where the settings say, read again in time, and never told."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.deliver.channels.interface import ChannelError
from liveaudit.deliver.channels.secrets import KEPT, Secrets
from tests.support.caller import Asked, CallerDouble

ARN = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:slack-AbCdEf"


class Vault(CallerDouble):
    """AWS, as far as secrets go."""

    def __init__(self, *answers: Mapping[str, Any] | AwsCallError) -> None:
        super().__init__()
        self.answers = list(answers)

    def respond(self, asked: Asked) -> Mapping[str, Any] | AwsCallError:
        return self.answers.pop(0)


def found(reference: str, *answers: Mapping[str, Any] | AwsCallError) -> str:
    return asyncio.run(Secrets(Vault(*answers)).get(reference))


def refused(reference: str, *answers: Mapping[str, Any] | AwsCallError) -> str:
    with pytest.raises(ChannelError) as raised:
        found(reference, *answers)
    assert not raised.value.permanent
    assert reference in str(raised.value)
    return str(raised.value)


def test_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_URL", " https://hooks.example.com/x \n")
    assert found("env:SLACK_URL") == "https://hooks.example.com/x"
    monkeypatch.setenv("SLACK_URL", "  ")
    assert "no secret" in refused("env:SLACK_URL")
    monkeypatch.delenv("SLACK_URL")
    assert "no secret" in refused("env:SLACK_URL")


def test_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    assert "cannot be read" in refused(f"file:{path}")
    path.write_text("hunter2\n")
    assert found(f"file:{path}") == "hunter2"
    path.write_bytes(b"\xff\xfe")
    assert "UTF-8" in refused(f"file:{path}")


def test_of_secrets_manager() -> None:
    vault = Vault({"SecretString": "hunter2"}, {"SecretString": '{"url": "hunter3", "port": 7}'})
    one = Secrets(vault)
    assert asyncio.run(one.get(f"secretsmanager:{ARN}")) == "hunter2"
    assert asyncio.run(one.get(f"secretsmanager:{ARN}#url")) == "hunter3"
    assert [each[:5] for each in vault.asked] == [
        ("", "eu-west-1", "secretsmanager", "GetSecretValue", {"SecretId": ARN})
    ] * 2
    for text in ('{"url": 7}', "[]", "hunter2", '{"other": "hunter2"}'):
        assert "hunter2" not in refused(f"secretsmanager:{ARN}#url", {"SecretString": text})
    assert "no secret" in refused(f"secretsmanager:{ARN}", {"SecretBinary": b"x"})


def test_of_ssm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    arn = "arn:aws:ssm:us-west-2:111111111111:parameter/liveaudit/slack"
    vault = Vault(*[{"Parameter": {"Value": "hunter2"}}] * 2)
    one = Secrets(vault)
    assert asyncio.run(one.get("ssm:/liveaudit/slack")) == "hunter2"
    assert asyncio.run(one.get(f"ssm:{arn}")) == "hunter2"
    assert [each.region for each in vault.asked] == ["eu-central-1", "us-west-2"]
    assert all(each.params["WithDecryption"] for each in vault.asked)


def test_what_aws_refuses_is_told_with_what_to_allow() -> None:
    denied = AwsCallError(Kind.DENIED, "AccessDeniedException", "no", "GetSecretValue")
    told = refused(f"secretsmanager:{ARN}", denied)
    assert "AccessDeniedException" in told
    assert "secretsmanager:GetSecretValue" in told


def test_a_secret_is_kept_for_a_while_and_read_again_when_it_does_not_hold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    one = Secrets(ticks=lambda: now)

    def get() -> str:
        return asyncio.run(one.get("env:KEY"))

    monkeypatch.setenv("KEY", "first")
    assert get() == "first"
    monkeypatch.setenv("KEY", "second")
    assert get() == "first"
    one.forget("env:KEY")
    assert get() == "second"
    monkeypatch.setenv("KEY", "third")
    now = KEPT + 1
    assert get() == "third"
    assert "third" not in repr(one)
