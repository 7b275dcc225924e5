"""The policies of an organization."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.model import Outcome
from tests.unit.services.conftest import ACCOUNT, Judged

PASS, FAIL, NA, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNKNOWN
POLICY = "organizations_delegated_administrators"
OURS = {"Id": "o-1", "MasterAccountId": ACCOUNT}


def administrator(account: str) -> dict[str, Any]:
    return {"Id": account, "Name": "security", "Status": "ACTIVE"}


@pytest.mark.parametrize(
    ("organization", "administrators", "outcome"),
    [
        (None, None, NA),
        ({"Id": "o-1", "MasterAccountId": "999999999999"}, None, NA),
        (OURS, [], PASS),
        (OURS, [administrator("444455556666")], PASS),
        (OURS, [administrator("777788889999")], PASS),
        (OURS, [administrator("123412341234")], FAIL),
        (OURS, [administrator("444455556666"), administrator("123412341234")], FAIL),
        (OURS, None, UNKNOWN),
    ],
)
def test_delegated_administrators(
    judged: Judged, organization: Any, administrators: Any, outcome: Outcome
) -> None:
    verdict = judged(
        POLICY,
        own=["444455556666"],
        trusted=["777788889999"],
        organization=organization,
        delegated_administrators=administrators,
    )
    assert verdict.outcome == outcome
    if outcome == FAIL:
        assert verdict.evidence["DelegatedAdministrators"] == [{"Id": "123412341234", "Name": "security"}]


@pytest.mark.parametrize(
    ("organization", "administrators"), [("o-1", []), (OURS, "nobody"), (OURS, [{"Id": 7}])]
)
def test_another_shape_is_unknown(judged: Judged, organization: Any, administrators: Any) -> None:
    given = {"organization": organization, "delegated_administrators": administrators}
    assert judged(POLICY, odd=True, **given).outcome == UNKNOWN


@pytest.mark.parametrize(
    ("organization", "outcome"), [(OURS, PASS), (None, FAIL), ("o-1", UNKNOWN), ({"Id": 7}, UNKNOWN)]
)
def test_an_account_in_an_organization(judged: Judged, organization: Any, outcome: Outcome) -> None:
    verdict = judged("organizations_account_part_of_organizations", odd=True, organization=organization)
    assert verdict.outcome == outcome
