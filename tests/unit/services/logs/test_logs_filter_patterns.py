"""Filter patterns on JSON, carried out on events."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.services.logs.filter_patterns import NotUnderstoodError, parse

EVENT: dict[str, Any] = {
    "eventName": "CreateVpc",
    "eventSource": "ec2.amazonaws.com",
    "sourceIPAddress": "203.0.113.7",
    "readOnly": False,
    "nothing": None,
    "count": 7,
    "userIdentity": {"type": "AssumedRole", "groups": ["a", {"name": "b"}]},
    "odd key": "x",
}


@pytest.mark.parametrize(
    ("pattern", "passes"),
    [
        ("{ $.eventName = CreateVpc }", True),
        ('{$.eventName="CreateVpc"}', True),
        ("{ ( ( $.eventName = CreateVpc ) ) }", True),
        ("{ $.eventName = createvpc }", False),
        ("{ $.eventName = Create* }", True),
        ('{ $.eventName = "*Vpc" }', True),
        ("{ $.eventName = *eat*pc }", True),
        ("{ $.eventName = * }", True),
        ("{ $.eventName = *Vpcs }", False),
        ("{ $.eventName = Cr*ateVpc*c }", False),
        ("{ $.eventName = DeleteVpc }", False),
        ("{ $.eventName != DeleteVpc }", True),
        ("{ $.eventName != Create* }", False),
        ("{ $.sourceIPAddress != 203.0.* }", False),
        ("{ $.eventName = DeleteVpc || $.eventName = CreateVpc }", True),
        ("{ $.eventName = CreateVpc && $.eventSource = s3.amazonaws.com }", False),
        # && binds more than ||
        ("{ $.eventName = CreateVpc || $.eventName = X && $.eventName = Y }", True),
        ("{ ($.eventName = CreateVpc || $.eventName = X) && $.eventName = Y }", False),
        ("{ $.userIdentity.type = AssumedRole }", True),
        ("{ $.userIdentity.groups[0] = a }", True),
        ("{ $.userIdentity.groups[1].name = b }", True),
        ("{ $.userIdentity.groups[9] = a }", False),
        ("{ $['odd key'] = x }", True),
        ("{ $.userIdentity.invokedBy NOT EXISTS }", True),
        ("{ $.eventName NOT EXISTS }", False),
        ("{ $.readOnly IS FALSE }", True),
        ("{ $.readOnly is true }", False),
        ("{ $.readOnly = false }", True),
        ("{ $.nothing IS NULL }", True),
        ("{ $.eventName IS NULL }", False),
        ("{ $.count > 6 && $.count < 8 && $.count >= 7 && $.count <= 7 && $.count = 7 }", True),
        ("{ $.eventName > 6 }", False),
        ("{ $.gone = x }", False),
        # what the guide does not tell
        ("{ $.gone != x }", None),
        ("{ $.gone != x && $.eventName = CreateVpc }", None),
        ("{ $.gone != x && $.eventName = DeleteVpc }", False),
        ("{ $.gone != x || $.eventName = CreateVpc }", True),
        ("{ $.gone != x || $.eventName = DeleteVpc }", None),
    ],
)
def test_what_passes(pattern: str, passes: bool | None) -> None:
    assert parse(pattern)(EVENT) is passes


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "{}",
        "CreateVpc",
        '"CreateVpc"',
        "?CreateVpc ?DeleteVpc",
        "[ip, user, ...]",
        "{ $.eventName }",
        "{ $.eventName = }",
        "{ $.eventName = %Create.*% }",
        "{ $.eventName = CreateVpc || }",
        "{ ($.eventName = CreateVpc }",
        "{ $.eventName = CreateVpc) }",
        "{ $.eventName IS SOMETHING }",
        "{ $.eventName = a b }",
        '{ $.eventName = "open }',
        "{ " + "(" * 60 + "$.a = b" + ")" * 60 + " }",
        "{ $.a = " + "b" * 5000 + " }",
    ],
)
def test_what_is_not_understood(pattern: str) -> None:
    with pytest.raises(NotUnderstoodError):
        parse(pattern)
