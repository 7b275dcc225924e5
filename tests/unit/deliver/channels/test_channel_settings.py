"""What a settings file says of channels: every kind can be said, mistakes are named, and a secret is never told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from liveaudit.deliver.channels import KINDS
from liveaudit.deliver.channels.templates import mistake
from liveaudit.settings import Known, Settings, SettingsError, parse
from liveaudit.settings.shape_of_channels import KIND_NAMES

SECRET = "https://hooks.example.com/services/T0/s3cr3t"
KNOWN = replace(Known(), template=mistake)
GOOD: dict[str, dict[str, Any]] = {
    "slack": {"url": "env:SLACK_URL", "title": "{{ finding.title }}", "allow": ["proxy.internal"]},
    "teams": {"url": "ssm:/liveaudit/teams"},
    "email": {
        "host": "mail.example.com",
        "port": 465,
        "security": "tls",
        "user": "audit",
        "password": "file:/run/secrets/mail",
        "sender": "audit@example.com",
        "to": ["ann@example.com"],
    },
    "pagerduty": {
        "key": "secretsmanager:arn:aws:secretsmanager:eu-west-1:111111111111:secret:pagerduty-AbCdEf#key"
    },
    "webhook": {"url": "https://siem.example.com/hook", "secret": "env:HOOK_SECRET"},
    "sns": {"topic": "arn:aws:sns:eu-west-1:111111111111:findings", "format": "json"},
    "eventbridge": {"bus": "arn:aws:events:eu-west-1:111111111111:event-bus/findings"},
    "security_hub": {"role": "liveaudit-security-hub"},
    "s3": {"bucket": "lake-of-acme", "region": "eu-west-1", "format": "parquet", "gather": "10m"},
    "apprise": {"url": "env:APPRISE_URL"},
    "file": {"path": "/var/log/told.jsonl"},
}


def settings(kind: str, **changed: Any) -> Settings:
    given = {name: value for name, value in (GOOD[kind] | changed).items() if value is not None}
    channel = {"name": "one", kind: given}
    file = {
        "receiver": "1" * 12,
        "accounts": [{"id": "1" * 12}],
        "regions": ["us-east-1"],
        "channels": [channel],
    }
    return parse(file, known=KNOWN)


def wrong(kind: str, **changed: Any) -> str:
    with pytest.raises(SettingsError) as raised:
        settings(kind, **changed)
    return str(raised.value)


def test_every_kind_is_tried_here() -> None:
    assert set(GOOD) == set(KIND_NAMES)


@pytest.mark.parametrize("kind", list(GOOD))
def test_every_kind_can_be_said_and_made(kind: str) -> None:
    [channel] = settings(kind).channels
    assert channel.kind == kind
    made = KINDS[kind].build(channel.name, channel.target)
    assert made.name == "one"


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("slack", "url"),
        ("teams", "url"),
        ("pagerduty", "key"),
        ("webhook", "secret"),
        ("email", "password"),
        ("apprise", "url"),
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_told(kind: str, field: str) -> None:
    told = wrong(kind, **{field: SECRET})
    assert f"channels[0].{kind}.{field}" in told
    assert "env:NAME" in told
    assert "s3cr3t" not in told


def test_a_proxy_with_its_password_in_the_file_is_refused_and_not_told() -> None:
    told = wrong("slack", proxy="http://ann:s3cr3t@proxy.internal:3128")
    assert "channels[0].slack.proxy" in told
    assert "s3cr3t" not in told
    for good in (
        "http://proxy.internal:3128",
        "https://10.0.0.5/",
        "http://[fd12::7]:3128",
        "env:HTTPS_PROXY",
    ):
        [channel] = settings("slack", proxy=good).channels
        assert channel.target.proxy == good
        assert (("slack.proxy", good) in channel.references) == good.startswith("env:")


@pytest.mark.parametrize(
    ("kind", "changed", "field", "part"),
    [
        ("email", {"user": None}, "email.user", "stand together"),
        ("email", {"password": None}, "email.password", "stand together"),
        ("email", {"security": "none"}, "email.security", "readable"),
        ("email", {"port": 70_000}, "email.port", "65535"),
        ("email", {"port": "25"}, "email.port", "number"),
        ("email", {"to": []}, "email.to", "at least one"),
        ("email", {"to": ["ann@example.com\r\nBcc: eve@example.com"]}, "email.to[0]", "e-mail"),
        ("email", {"sender": "ann"}, "email.sender", "e-mail"),
        ("email", {"host": "mail.example.com:25"}, "email.host", "without"),
        ("security_hub", {"role": None}, "security_hub.role", "missing"),
        ("security_hub", {"account": "1" * 12}, "security_hub.role", "not used"),
        ("slack", {"title": "{{ nosuch }}"}, "slack.title", "'nosuch' is not known"),
        ("sns", {"text": "{% if %}"}, "sns.text", "no template"),
        ("s3", {"prefix": "/a"}, "s3.prefix", "/ at its end"),
        ("webhook", {"proxy": "proxy.internal:3128"}, "webhook.proxy", "http://proxy.internal:3128"),
        ("s3", {"format": "orc"}, "s3.format", "parquet"),
        ("s3", {"gather": "10s"}, "s3.gather", "a period, as 5m"),
        ("s3", {"role": "provider"}, "s3.role", "a role's ARN"),
        ("s3", {"external_id": "a-word"}, "s3.external_id", "without a role"),
        ("webhook", {"url": "ftp://example.com"}, "webhook.url", "https://"),
        ("pagerduty", {"region": "de"}, "pagerduty.region", "us"),
    ],
)
def test_mistakes_are_named(kind: str, changed: dict[str, Any], field: str, part: str) -> None:
    told = wrong(kind, **changed)
    assert f"channels[0].{field}" in told
    assert part in told
