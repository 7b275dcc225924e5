"""Secrets are taken out of whatever is shown, and what is none stays."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveaudit.policies.masking import DEEPEST, TOO_DEEP, mask

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n"
BEANSTALK = {"namespace": "aws:elasticbeanstalk:application:environment", "optionName": "A", "value": "plain"}
DRAWN = "aZ3kQ9xL7mB2nR8vT4wY6pD1sF5gH0jC"


@pytest.mark.parametrize(
    ("value", "secret", "place"),
    [
        ({"masterUserPassword": "$hunter"}, "$hunter", "masterUserPassword: password"),
        ({"MasterUserPassword": "arn:aws:x"}, "arn:aws:x", "MasterUserPassword: password"),
        ({"newPassword": "x"}, '"x"', "newPassword: password"),
        ({"UserData": "IyEvYmlu"}, "IyEvYmlu", "UserData: user data"),
        ({"a": [{"user_data": "IyEvYmlu"}]}, "IyEvYmlu", "a[0].user_data: user data"),
        ({"secretString": '{"a": 1}'}, "a\\", "secretString: secret"),
        ({"credentials": {"sessionToken": "FwoGZX"}}, "FwoGZX", "credentials.sessionToken: token"),
        ({"secretAccessKey": "orders"}, "orders", "secretAccessKey: key"),
        ({"authTokens": ["one", "two"]}, "two", "authTokens[1]: token"),
        ({"Authorization": "Basic YTpi"}, "YTpi", "Authorization: credentials"),
        ({"tokenCode": "123456"}, "123456", "tokenCode: one-time code"),
        ({"variables": {"A": "plain"}}, "plain", "variables.A: environment variable"),
        ({"environment": {"A": "plain"}}, "plain", "environment.A: environment variable"),
        (
            {"environment": [{"name": "A", "value": "plain"}]},
            "plain",
            "environment[0].value: environment variable",
        ),
        (
            {"environmentVariables": [{"name": "A", "value": "plain", "type": "PLAINTEXT"}]},
            "plain",
            "environmentVariables[0].value: environment variable",
        ),
        ({"tags": [{"key": "db_password", "value": "abc"}]}, "abc", "tags[0].value: password"),
        (
            {"parameters": [{"parameterKey": "DbPassword", "parameterValue": "abc"}]},
            "abc",
            "parameters[0].parameterValue: password",
        ),
        ({"url": "https://ann:hush@h/"}, "hush", "url: credentials in a URL"),
        ({"note": f"x {DRAWN}x ghp_{'a1B2' * 9}"}, "ghp_", "note: GitHub token"),
        ({"blob": DRAWN}, DRAWN, "blob: random string"),
        ({"text": f"{KEY}-----END RSA PRIVATE KEY-----"}, "MIIEow", "text: private key"),
        ({"text": KEY}, "MIIEow", "text: private key"),
        ({"templateBody": '{"DbPassword": "hunter2x"}'}, "hunter2x", "templateBody: password"),
        ({f"ghp_{'a1B2' * 9}": 1}, "ghp_", ": GitHub token"),
        ({"userData": {"value": "IyEvYmlu"}}, "IyEvYmlu", "userData.value: user data"),
        ({"password": {"value": "abc"}}, "abc", "password.value: password"),
        ({"privateKey": {"hb": [45, 45, 66], "offset": 0}}, "66", "privateKey.hb: key"),
        ({"command": ["mysql", "--password", "abc", "-v"]}, "abc", "command[2]: password"),
        ({"optionSettings": [BEANSTALK]}, "plain", "optionSettings[0].value: environment variable"),
        ({"description": "AKIAIOSFODNN7EXAMPLE"}, "AKIA", "description: AWS access key"),
    ],
)
def test_a_secret_is_taken_out_and_told_by_place_and_kind(value: Any, secret: str, place: str) -> None:
    masked = mask(value)
    assert secret not in json.dumps(masked.value)
    assert "(masked: " in json.dumps(masked.value)
    assert place in masked.places


@pytest.mark.parametrize(
    "value",
    [
        {"password": "HIDDEN_DUE_TO_SECURITY_REASONS", "userData": "<sensitiveDataRemoved>", "token": ""},
        {"userIdentity": {"accessKeyId": "AKIAIOSFODNN7EXAMPLE", "arn": "arn:aws:sts::1:assumed-role/a/b"}},
        {"clientToken": "4f6c-11", "NextToken": "abc", "clientRequestToken": "x"},
        {"passwordReusePrevention": 24, "allowUsersToChangePassword": True, "maxPasswordAge": 90},
        {"environment": {"computeType": "SMALL", "image": "i"}, "kmsKeyId": "1b2c", "tokenCode": ""},
        {"secretArn": "arn:aws:secretsmanager:us-east-1:1:secret:prod/db-a1B2c3"},
        {"policy": '{"Resource": "arn:aws:secretsmanager:us-east-1:1:secret:prod/db-a1B2c3"}'},
        {"command": ["--name", "photos", "--password-file", "/run/x"], "ports": [80, 443]},
        {"credentials": {"accessKeyId": "ASIAIOSFODNN7EXAMPLE", "expiration": "2027-01-15", "uses": 1}},
        {"eventID": "0b1c2d3e-4f50", "sourceIPAddress": "192.0.2.1", "x": [None, 1.5, False]},
    ],
)
def test_what_is_no_secret_stays(value: Any) -> None:
    assert (mask(value).value, mask(value).places) == (value, ())


def test_what_is_too_deep_is_left_out_and_what_is_no_number_is_text() -> None:
    deep: Any = {"password": "x"}
    for _ in range(DEEPEST + 5):
        deep = {"a": deep}
    assert TOO_DEEP in json.dumps(mask(deep).value)
    assert mask({"a": float("inf")}).value == {"a": "inf"}


@pytest.mark.parametrize("text", ["-----BEGIN PRIVATE KEY-----", "password=", '{"a":"b",', "https://a:b"])
def test_a_long_hostile_text_ends(text: str) -> None:
    mask({"x": text * (100_000 // len(text))})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=4), st.text(min_size=12, max_size=40))
def test_whatever_stands_around_it_a_password_is_hidden(around: dict[str, Any], password: str) -> None:
    marked = f"p4ss{password}"
    masked = mask({**around, "deep": [{"dbPassword": marked}]})
    assert masked.value["deep"] == [{"dbPassword": "(masked: password)"}]
    json.dumps(masked.value, allow_nan=False)
