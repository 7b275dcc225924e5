"""What an AWS error means: five different answers."""

from __future__ import annotations

import pytest
from botocore.awsrequest import AWSRequest

from liveaudit.aws.caller import client_config, drop_account_from_host, is_aws_host
from liveaudit.aws.errors import Kind, from_response, kind_of


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("AccessDenied", 403, Kind.DENIED),
        ("UnauthorizedOperation", 403, Kind.DENIED),
        ("SomethingForbidden", 403, Kind.DENIED),
        ("ExpiredToken", 400, Kind.DENIED),
        ("Throttling", 400, Kind.THROTTLED),
        ("SlowDown", 503, Kind.THROTTLED),
        ("RequestLimitExceeded", 503, Kind.THROTTLED),
        ("Strange", 429, Kind.THROTTLED),
        ("InternalError", 500, Kind.UNAVAILABLE),
        ("Whatever", 502, Kind.UNAVAILABLE),
        ("NotImplemented", 501, Kind.UNSUPPORTED),
        ("NoSuchBucketPolicy", 404, Kind.ANSWER),
        ("NoSuchEntity", 404, Kind.ANSWER),
        ("InvalidGroup.NotFound", 400, Kind.ANSWER),
    ],
)
def test_kinds(code: str, status: int, kind: Kind) -> None:
    assert kind_of(code, status) == kind
    error = from_response({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Op")
    assert (error.kind, error.code) == (kind, code)


def test_an_error_without_anything_is_still_one() -> None:
    assert from_response({}, "Op").code == "Unknown"


def test_accounts_are_not_put_before_an_emulators_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    assert "s3" not in client_config("s3")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:5000")
    assert client_config("s3")["s3"] == {"addressing_style": "path"}
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://s3.eu-west-1.amazonaws.com")
    assert "s3" not in client_config("s3")
    assert not is_aws_host("https://amazonaws.com.evil.example")


@pytest.mark.parametrize(
    ("given", "called"),
    [
        ("http://123456789012.127.0.0.1:5000/v20180820/x", "http://127.0.0.1:5000/v20180820/x"),
        ("http://123456789012.localhost:5000/", "http://localhost:5000/"),
        (
            "https://123456789012.s3-control.eu-west-1.amazonaws.com/v20180820/x",
            "https://123456789012.s3-control.eu-west-1.amazonaws.com/v20180820/x",
        ),
        ("http://127.0.0.1:5000/123456789012.127.0.0.1", "http://127.0.0.1:5000/123456789012.127.0.0.1"),
    ],
)
def test_an_emulators_address_is_called_as_it_is(given: str, called: str) -> None:
    request = AWSRequest(method="GET", url=given)
    drop_account_from_host(request)
    assert request.url == called
