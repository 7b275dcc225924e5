"""Knobs, access keys, errors and the start-up check, without a server."""

from __future__ import annotations

import json

import pytest

from liveaudit.lab import ANY, KnobError, Knobs, internals
from liveaudit.lab.accounts import Accounts, access_key_of, lab_credentials
from liveaudit.lab.errors import Refusal, denied, render, throttled
from liveaudit.lab.s3_defaults import is_public_policy


def test_new_knobs_do_nothing() -> None:
    knobs = Knobs()
    assert knobs.fate().delays == (0.0,)
    assert not knobs.is_denied("1", "r", "s3", "GetBucketAcl")
    assert not knobs.is_throttled("1", "r", "s3", "GetBucketAcl")
    assert knobs.latency("1", "r", "s3", "GetBucketAcl") == 0


def test_the_same_seed_gives_the_same_fates() -> None:
    def fates(seed: int) -> list[tuple[float, ...]]:
        knobs = Knobs(seed)
        knobs.delay(0, 1)
        knobs.duplicate(0.3)
        knobs.lose(0.2)
        return [knobs.fate().delays for _ in range(50)]

    assert fates(1) == fates(1)
    assert fates(1) != fates(2)
    assert {len(fate) for fate in fates(1)} == {0, 1, 2}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (("s3:GetBucketAcl", ANY, ANY), True),
        (("s3:*", "1", "r"), True),
        (("*:GetBucketAcl", ANY, ANY), True),
        (("s3:GetBucketAcl", "2", ANY), False),
        (("s3:GetBucketAcl", ANY, "other"), False),
        (("ec2:GetBucketAcl", ANY, ANY), False),
    ],
)
def test_which_calls_a_rule_covers(rule: tuple[str, str, str], expected: bool) -> None:
    knobs = Knobs()
    knobs.deny(*rule)
    assert knobs.is_denied("1", "r", "s3", "GetBucketAcl") is expected


def test_s3_covers_s3control() -> None:
    knobs = Knobs()
    knobs.deny("s3:GetPublicAccessBlock")
    assert knobs.is_denied("1", "r", "s3control", "GetPublicAccessBlock")


def test_allow_takes_back_one_rule() -> None:
    knobs = Knobs()
    knobs.deny("s3:GetBucketAcl")
    knobs.deny("s3:GetBucketPolicy")
    knobs.allow("s3:GetBucketAcl")
    assert not knobs.is_denied("1", "r", "s3", "GetBucketAcl")
    assert knobs.is_denied("1", "r", "s3", "GetBucketPolicy")


@pytest.mark.parametrize(
    "settings",
    [
        {"dely": 1},
        {"delay": [2, 1]},
        {"delay": [1, 2, 3]},
        {"duplicate": 2},
        {"lose": "often"},
        {"deny": "GetBucketAcl"},
        {"throttle": {"call": "s3:*", "time": 1}},
        {"slow": {"call": "s3:*", "seconds": -1}},
    ],
)
def test_settings_that_make_no_sense(settings: dict[str, object]) -> None:
    with pytest.raises(KnobError):
        Knobs().turn(settings)


def test_settings_in_and_out() -> None:
    knobs = Knobs()
    knobs.turn(
        {
            "delay": [0, 2],
            "deny": ["s3:GetBucketAcl"],
            "throttle": {"call": "ec2:*", "times": 3},
            "slow": {"call": "s3:*", "seconds": 0.5},
        }
    )
    settings = knobs.settings()
    assert settings["delay"] == [0, 2]
    assert settings["throttle"][0]["times"] == 3
    assert settings["slow"][0]["seconds"] == 0.5
    knobs.turn({"seed": 7})
    assert knobs.settings() == Knobs().settings()


def test_keys_name_their_account() -> None:
    accounts = Accounts(["111111111111"])
    key = lab_credentials("111111111111").access_key_id
    identity = accounts.identify(key)
    assert identity is not None
    assert identity.account == "111111111111"
    assert identity.user_identity["type"] == "IAMUser"
    assert accounts.identify(lab_credentials("222222222222").access_key_id) is None
    assert accounts.identify("AKIAIOSFODNN7EXAMPLE") is None


@pytest.mark.parametrize(
    ("authorization", "query", "expected"),
    [
        (
            "AWS4-HMAC-SHA256 Credential=AKIA/20260101/r/s3/aws4_request, SignedHeaders=h, Signature=s",
            "",
            "AKIA",
        ),
        ("AWS AKIA:signature", "", "AKIA"),
        ("", "X-Amz-Algorithm=a&X-Amz-Credential=AKIA%2F20260101", "AKIA"),
        ("", "AWSAccessKeyId=AKIA&Signature=s", "AKIA"),
        ("", "", None),
    ],
)
def test_the_key_of_a_request(authorization: str, query: str, expected: str | None) -> None:
    assert access_key_of(authorization, query) == expected


@pytest.mark.parametrize(
    ("service", "protocol", "content"),
    [
        ("ec2", "ec2", b"<Response><Errors><Error><Code>UnauthorizedOperation</Code>"),
        ("s3", "rest-xml", b"<Error><Code>AccessDenied</Code>"),
        ("iam", "query", b"<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"),
        ("events", "json", b'{"__type": "AccessDeniedException"'),
        ("lambda", "rest-json", b'{"__type": "AccessDeniedException"'),
    ],
)
def test_refusals_speak_the_protocol(service: str, protocol: str, content: bytes) -> None:
    refusal = denied(service, protocol, "Do", "arn:me", service)
    status, headers, body = render(refusal, service, protocol, "id")
    assert body.startswith(content)
    assert f"{service}:Do" in body.decode()
    assert status in (400, 403)
    assert dict(headers)["Content-Length"] == str(len(body))
    assert throttled(service, protocol).status in (400, 429, 503)


def test_texts_are_escaped() -> None:
    _, _, body = render(Refusal("Code", "<b> & co", 400), "iam", "query", "id")
    assert b"&lt;b&gt; &amp; co" in body


def test_the_start_up_check_names_what_is_gone() -> None:
    with pytest.raises(
        internals.MissingInternalError, match=r"moto\.sqs\.models:Queue\.no_such_thing, moto\.no\.module"
    ):
        internals.check(["sqs.models:Queue", "sqs.models:Queue.no_such_thing", "no.module:Thing"])


def test_only_listed_names_are_patched() -> None:
    with pytest.raises(internals.MissingInternalError, match="not listed"):
        internals.Patches().replace("sqs.models:Message", None)


@pytest.mark.parametrize(
    ("principal", "condition", "expected"),
    [
        ("*", None, True),
        ({"AWS": ["*"]}, None, True),
        ({"AWS": "arn:aws:iam::111111111111:root"}, None, False),
        ("*", {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, False),
        ("*", {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, True),
        ("*", {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, False),
        ("*", {"Bool": {"aws:SecureTransport": "true"}}, True),
        ("*", {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}, True),
    ],
)
def test_public_bucket_policies(
    principal: object, condition: dict[str, object] | None, expected: bool
) -> None:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "*"}
    if condition:
        statement["Condition"] = condition
    assert is_public_policy(json.dumps({"Statement": statement}).encode()) is expected
