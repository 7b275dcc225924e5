"""Settings resolved against the lab: an organization and enabled regions, with the printed documents and no more."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
import yaml

from liveaudit.assembly import caller_of
from liveaudit.cli import main as program
from liveaudit.demo.owner import make_documents
from liveaudit.lab import Lab
from liveaudit.lab.organization import STACK_SETS
from liveaudit.provision.documents import documents
from liveaudit.provision.installation import Installation, SetupError
from liveaudit.provision.resolve import Resolved, declared, resolve
from liveaudit.services import load
from liveaudit.settings import Settings, parse
from tests.lab.conftest import PUBLISHER, RECEIVER

pytestmark = pytest.mark.lab

US, EU = "us-east-1", "eu-west-1"
GIVEN = {
    "receiver": RECEIVER,
    "organization": {},
    "regions": "all",
    "external_id": "a-word",
    "store": "sqlite:///unused.sqlite3",
}
CATALOG, POLICIES = load()


@pytest.fixture
def organized(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """The publisher manages an organization that the receiver is in; the receiver's owner made what is printed."""
    for name, value in lab.environment(RECEIVER, US).items():
        monkeypatch.setenv(name, value)
    lab.organize(PUBLISHER, {"security": [RECEIVER]})
    owners(lab, declared(parse(GIVEN)))
    return lab


def owners(lab: Lab, installation: Installation) -> None:
    make_documents(lab.client, documents(installation, CATALOG, POLICIES))


def delegate(lab: Lab) -> None:
    management = lab.client(PUBLISHER, "organizations", US)
    management.enable_aws_service_access(ServicePrincipal=STACK_SETS)
    management.register_delegated_administrator(AccountId=RECEIVER, ServicePrincipal=STACK_SETS)


def look(settings: Settings) -> Resolved:
    async def looked() -> Resolved:
        caller = caller_of(settings)
        try:
            return await resolve(settings, caller, catalog=CATALOG)
        finally:
            await caller.close()

    return asyncio.run(looked())


def test_an_organization_from_its_first_look_on(
    organized: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = parse(GIVEN)
    with pytest.raises(SetupError, match="register-delegated-administrator --account-id 111111111111"):
        look(settings)
    delegate(organized)
    file = tmp_path / "liveaudit.yaml"
    file.write_text(yaml.safe_dump(GIVEN), encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["liveaudit", "settings", "show", str(file), "--resolve", "--json"])
    with pytest.raises(SystemExit) as ended:
        program.main()
    assert ended.value.code == 3, "one account cannot be asked"
    told = json.loads(capsys.readouterr().out)
    assert [(each["id"], each["regions"]) for each in told["accounts"]] == [
        (RECEIVER, [EU, US]),
        (PUBLISHER, None),
    ]
    assert told["organization"]["management_account"] == PUBLISHER
    (problem,) = told["problems"]
    assert problem["account"] == PUBLISHER
    assert f"its owner makes arn:aws:iam::{PUBLISHER}:role/MVC_for_AWS_role" in problem["reason"]

    by_name = parse(GIVEN | {"regions": [US]})
    owners(organized, look(by_name).installation)
    organized.knobs.disable_region(EU, RECEIVER)
    found = look(settings)
    assert [(each.account, each.region) for each in found.problems] == [(RECEIVER, EU)]
    assert [each.regions for each in found.installation.accounts] == [(US,), (US,)]
    organized.knobs.enable_region(EU, RECEIVER)
    organized.knobs.disable_region(EU, PUBLISHER)
    found = look(settings)
    assert found.problems == ()
    assert [each.regions for each in found.installation.accounts] == [(EU, US), (US,)]
    assert found.installation.organization is not None
    assert found.installation.organization.by_delegated_administrator

    security = organized.unit(PUBLISHER, "security")
    units = look(parse(GIVEN | {"organization": {"units": [security]}, "regions": [US]}))
    assert units.installation.account_ids == {RECEIVER}
    without = look(parse(GIVEN | {"organization": {"exclude": [security]}, "regions": [US]}))
    assert without.installation.account_ids == {RECEIVER, PUBLISHER}
    assert not without.installation.receiving_account.publishes
    with pytest.raises(
        SetupError, match=r"organization\.units: ou-ab12-11111111: is not in the organization"
    ):
        look(parse(GIVEN | {"organization": {"units": ["ou-ab12-11111111"]}}))
