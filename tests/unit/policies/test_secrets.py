"""What is a secret and what is none; and that a value is never told."""

from __future__ import annotations

import base64
import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveaudit.model import Outcome
from liveaudit.policies.secrets import (
    credentials_in_url,
    secret_in,
    secrets_in_text,
    secrets_in_user_data,
    variables,
    without_secrets,
)

AWS_KEY = "AKIA" + "IOSFODNN7EXAMPLE"
DRAWN = "q7Zk2Vw9Xb4Nf8Rt1Lm6Yc3Hd5Gs0Jp2Kx7"

SECRETS = [
    ("anything", AWS_KEY, "AWS access key"),
    ("anything", "-----BEGIN OPENSSH PRIVATE KEY-----\nabc", "private key"),
    ("anything", "-----BEGIN PRIVATE KEY-----", "private key"),
    ("anything", "ghp_" + "a1B2" * 9, "GitHub token"),
    ("anything", "github_pat_" + "a1B2" * 20, "GitHub token"),
    ("anything", "glpat-" + "a1B2" * 5, "GitLab token"),
    ("anything", "xoxb" + "-123456789012-abcdefGHIJ", "Slack token"),
    ("HOOK", "https://hooks.slack.com/services/" + "T0000/B0000/abcdefghij", "Slack webhook"),
    ("anything", "sk_live_" + "a1B2" * 6, "Stripe key"),
    ("anything", "AIza" + "a1B2_" * 7, "Google API key"),
    ("anything", "sk-ant-api03-" + "a1B2" * 10, "Anthropic key"),
    ("anything", "npm_" + "a1B2" * 9, "npm token"),
    ("anything", "hvs." + "a1B2" * 8, "HashiCorp token"),
    ("anything", "SG." + "a1B2" * 5 + "." + "a1B2" * 8, "SendGrid key"),
    ("anything", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w", "JSON Web Token"),
    ("DATABASE_URL", "postgres://app:s3cr3t@db.internal:5432/orders", "credentials in a URL"),
    ("REDIS", "redis://:s3cr3t@cache:6379/0", "credentials in a URL"),
    ("DB_PASSWORD", "hunter2", "password"),
    ("dbPassword", "hunter2", "password"),
    ("MYSQL_PWD", "hunter2", "password"),
    ("POSTGRES_PASS", "correct-horse-battery", "password"),
    ("password", "12345678", "password"),
    ("API_KEY", "9f8e7d6c5b4a39281706f5e4d3c2b1a0", "key"),
    ("STRIPE_APIKEY", "abc123def456gh", "key"),
    ("SECRET_KEY_BASE", "9f8e7d6c5b4a39281706f5e4d3c2b1a0", "key"),
    ("JWT_SECRET", "mysupersecret", "secret"),
    ("CLIENT_SECRET", "x9y8z7w6v5", "secret"),
    ("AUTH_TOKEN", "9f8e7d6c5b4a3928", "token"),
    ("SECRET", "hT9$kq-22pLx", "token"),
    ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "AWS secret access key"),
    ("AWS_SESSION_TOKEN", "x", "AWS session token"),
    ("ECS_ENGINE_AUTH_DATA", '{"https://index.docker.io/v1/": {}}', "registry credentials"),
    ("CONFIG", '{"db": {"user": "app", "password": "hunter2"}}', "password"),
    ("DSN", "Server=db;User Id=sa;Password=Pa55word!;", "password"),
    ("SEED", DRAWN, "random string"),
]


@pytest.mark.parametrize(("name", "value", "kind"), SECRETS)
def test_a_secret_is_found(name: str, value: str, kind: str) -> None:
    assert secret_in(name, value) == kind


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOG_LEVEL", "INFO"),
        ("TABLE_NAME", "orders-table"),
        ("DB_PASSWORD", ""),
        ("DB_PASSWORD", "  "),
        ("DB_PASSWORD", "{{resolve:secretsmanager:db:SecretString:password}}"),
        ("DB_PASSWORD", "${DB_PASSWORD}"),
        ("DB_PASSWORD", "$(cat /run/secrets/db)"),
        ("DB_PASSWORD", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf"),
        ("DB_PASSWORD", "arn:aws-us-gov:ssm:us-gov-west-1:111122223333:parameter/db"),
        ("DB_PASSWORD", "/prod/orders/db-password"),
        ("DB_PASSWORD", "ssm:///prod/db"),
        ("DB_PASSWORD", "<password>"),
        ("DB_PASSWORD", "********"),
        ("PASSWORD_REQUIRED", "true"),
        ("USE_PASSWORD", "true"),
        ("DB_PASSWORD_ARN", "anything at all 9f8e7d6c"),
        ("DB_SECRET", "prod/orders-db"),
        ("SECRET_NAME", "prod/orders-db-9f8e7d6c5b4a"),
        ("SECRET_ID", "9f8e7d6c5b4a39281706f5e4d3c2b1a0"),
        ("API_KEY", "/prod/api/key"),
        ("APP_KEY", "orders-frontend"),
        ("ACCOUNT_KEY", "accountId"),
        ("SECRET_KEY", "prod/orders/key"),
        ("CLIENT_SECRET", "prod/orders/client"),
        ("PUBLIC_KEY", "9f8e7d6c5b4a39281706f5e4d3c2b1a0"),
        ("TOKEN", "3600"),
        ("TOKEN_TTL", "3600"),
        ("MAX_TOKENS", "4096"),
        ("TOKEN_URL", "https://login.example.com/oauth2/token"),
        ("TOKEN", "https://login.example.com/oauth2/token"),
        ("PWD", "/var/task"),
        ("COMPASS_HEADING", "north-west"),
        ("BYPASS", "internal"),
        ("COMMIT", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b"),
        ("IMAGE", "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app@sha256:" + "9f86d081" * 8),
        ("REQUEST_ID", "6f1ed002-ab59-5cfd-8fbd-3c1f5d0a2a8e"),
        ("QUEUE", "https://sqs.eu-west-1.amazonaws.com/111122223333/orders"),
        ("STACK", "OrdersServiceStack-OrdersTable1A2B3C4D-1XYZ2ABC3DEF"),
        ("POOL", "eu-west-1_AbCdEfGhI"),
        ("DATABASE_URL", "postgres://app:${DB_PASSWORD}@db:5432/orders"),
        ("DATABASE_URL", "postgres://app:password@localhost/orders"),
        ("DATABASE_URL", "postgres://app@db:5432/orders"),
        ("CONFIG", '{"db": {"password": "{{resolve:ssm:/db}}", "tokenTtl": "3600"}}'),
        ("FLAGS", "a=b;c=d"),
        ("KMS_KEY_ID", "1234abcd-12ab-34cd-56ef-1234567890ab"),
    ],
)
def test_what_is_no_secret_is_not_called_one(name: str, value: str) -> None:
    assert secret_in(name, value) is None


def test_a_script_is_looked_through_line_by_line() -> None:
    script = "\n".join(
        [
            "#!/bin/bash",
            'export DB_PASSWORD="hunter2"',
            "DB_PASSWORD=$(aws ssm get-parameter --name /prod/db)",
            "mysql -u root --password=abc123 -h db",
            'read -p "Password: " ANSWER',
            "PasswordAuthentication=no",
            "docker login --password-stdin",
            "password = get_password()",
            "token = os.environ",
            f"aws configure set aws_access_key_id {AWS_KEY}",
            "-----BEGIN RSA PRIVATE KEY-----",
        ]
    )
    assert secrets_in_text(script) == [
        {"Line": 2, "Secret": "password"},
        {"Line": 4, "Secret": "password"},
        {"Line": 10, "Secret": "AWS access key"},
        {"Line": 11, "Secret": "private key"},
    ]


def test_json_within_json_is_looked_through() -> None:
    definition = json.dumps({"Parameters": {"Body": json.dumps({"password": "hunter2"})}})
    assert secrets_in_text(definition) == [{"Line": 1, "Secret": "password"}]


@pytest.mark.parametrize(
    "definition",
    [
        {"Parameters": {"Token.$": "$$.Task.Token"}},
        {"Arguments": {"Password": "{% $states.input.password %}"}},
        {"Parameters": {"SecretId": "prod/orders-db-9f8e7d6c"}},
        {"Comment": "asks for the password", "StartAt": "Get token"},
    ],
)
def test_a_definition_that_refers_holds_no_secret(definition: dict[str, object]) -> None:
    assert secrets_in_text(json.dumps(definition, indent=1)) == []


@pytest.mark.parametrize("packed", [False, True])
def test_user_data_is_unpacked(packed: bool) -> None:
    raw = b"#!/bin/sh\nexport API_KEY=9f8e7d6c5b4a3928\n"
    encoded = base64.b64encode(gzip.compress(raw) if packed else raw).decode()
    assert secrets_in_user_data(encoded) == [{"Line": 2, "Secret": "key"}]


def test_a_bomb_of_user_data_is_not_unpacked_whole() -> None:
    bomb = base64.b64encode(gzip.compress(b"a" * 30_000_000)).decode()
    assert secrets_in_user_data(bomb) == []


@pytest.mark.parametrize("encoded", ["a", base64.b64encode(b"\x1f\x8bnonsense").decode()])
def test_user_data_that_cannot_be_unpacked_says_so_without_its_text(encoded: str) -> None:
    with pytest.raises(ValueError, match="user data") as caught:
        secrets_in_user_data(encoded)
    assert encoded not in str(caught.value) or len(encoded) < 4


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://github.com/owner/repo.git", None),
        ("https://git@github.com/owner/repo", None),
        ("https://user:p4ss@bitbucket.org/owner/repo.git", "credentials in a URL"),
        ("https://x-token-auth:abcdef@bitbucket.org/owner/repo", "credentials in a URL"),
        ("https://" + "ghp_" + "a1B2" * 9 + "@github.com/owner/repo", "GitHub token"),
        (f"https://{DRAWN}@git.example.com/repo", "token in a URL"),
        ("https://user:${TOKEN}@github.com/owner/repo", None),
        ("https://[::1/owner/repo", None),
        ("owner/repo@v1:main", None),
    ],
)
def test_credentials_in_urls(url: str, kind: str | None) -> None:
    assert credentials_in_url(url) == kind


def test_variables_keep_names_and_kinds_only() -> None:
    told = variables({"B_PASSWORD": "hunter2", "A": "plain value"})
    assert told == [{"Name": "A", "Secret": None}, {"Name": "B_PASSWORD", "Secret": "password"}]


def test_odd_variables_are_refused_without_their_value() -> None:
    with pytest.raises(ValueError, match="no text") as caught:
        variables([("PASSWORD", 4711)])
    assert "4711" not in str(caught.value)


def test_the_verdict_names_every_secret() -> None:
    found = variables({"PASSWORD": "hunter2", "A": "b"})
    verdict = without_secrets(found, "the variables")
    assert (verdict.outcome, verdict.reason) == (Outcome.FAIL, "there is a secret in the variables: password")
    assert verdict.evidence == {"Secrets": [{"Name": "PASSWORD", "Secret": "password"}]}
    assert without_secrets(variables({"A": "b"}), "the variables").outcome is Outcome.PASS


@given(st.text(max_size=60), st.text(max_size=300))
def test_no_text_breaks_the_detector_or_is_told(name: str, text: str) -> None:
    value = f"Zq9{text}9qZ"
    for kind in (secret_in(name, value), credentials_in_url(value)):
        assert kind is None or value not in kind
    assert all(value not in str(each) for each in secrets_in_text(f"password={value}"))
