"""A made-up service with everything the engine knows: references, groups, batches, absences; and its fake AWS."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from botocore import xform_name

from liveaudit.audit.auditor import Auditor, Tuning
from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.rows import Each
from liveaudit.catalog.types import Service
from liveaudit.model import Resource, Severity, Verdict, failed, not_applicable, passed
from liveaudit.policies.policy import Context, PolicyRegistry, policy
from liveaudit.store.database import Database
from tests.support.caller import Asked, CallerDouble
from tests.support.stores import SqliteStores, Stores

ACCOUNT = "111111111111"
REGION = "eu-west-1"

fake = Service("fake", event_source="fake.amazonaws.com")

settings = fake.resource_type(
    "Fake::Account::Settings",
    arn="arn:{partition}:fake::{account}:settings",
    named_by="{account}",
    is_global=True,
    always="{account}",
)
settings.section(
    "settings", "GetSettings", {}, value="Settings", absent="NoSettings", root=True, changed_by="PutSettings"
)

crate = fake.resource_type(
    "Fake::Crate",
    arn="arn:{partition}:fake:{region}:{account}:crate/{id}",
    named_by="requestParameters.crateId",
    gone="NoSuchCrate",
)
crate.section("crate", "GetCrate", {"Id": "{id}"}, value="Crate", root=True)
crate.section("labels", "ListLabels", {"Id": "{id}"}, value="Labels", changed_by=["PutLabel", "DeleteLabel"])
crate.listing("ListCrates", items="Crates", item_id="Id", provides={"crate": "@"})
crate.created_by("CreateCrate")
crate.deleted_by("DeleteCrate")

widget = fake.resource_type(
    "Fake::Widget",
    arn="arn:{partition}:fake:{region}:{account}:widget/{id}",
    named_by="requestParameters.widgetId",
    gone="NoSuchWidget",
)
widget.section(
    "widget",
    "DescribeWidgets",
    {"Ids": "{ids}"},
    items="Widgets",
    item_id="Id",
    many=3,
    root=True,
    changed_by="ModifyWidget",
)
widget.section(
    "lock", "GetLock", {"Id": "{id}"}, value="Lock", absent="NoSuchLock", changed_by=["PutLock", "DeleteLock"]
)
widget.section(
    "keys",
    "ListKeys",
    {"Id": "{id}"},
    value="Keys",
    each=Each("GetKeyUse", {"Key": "{item.Key}"}, value="Use", into="Use"),
    changed_by="CreateKey",
)
widget.section("tags", "ListTags", {"Id": "{id}"}, value="Tags", changed_by="TagWidget")
widget.reference("account_settings", settings, "settings", resource_id="{account}")
widget.references("crate_labels", crate, "labels", ids="widget.Crates[]")
widget.listing("ListWidgets", items="Widgets", item_id="Id", provides={"widget": "@"})
widget.created_by("CreateWidget")
widget.deleted_by("DeleteWidget")

POLICIES = PolicyRegistry()
_TEXTS: Any = {"title": "A title for the tests", "why": "because of the tests", "fix": "mend it by test."}


@policy(settings, "settings_are_made", Severity.LOW, registry=POLICIES, **_TEXTS)
def settings_are_made(settings: Mapping[str, Any] | None) -> Verdict:
    """The account has settings at all."""
    return failed("none made") if settings is None else passed()


@policy(widget, "widget_is_blue", Severity.HIGH, registry=POLICIES, **_TEXTS)
def widget_is_blue(widget: Mapping[str, Any]) -> Verdict:
    """Red is bad."""
    return failed("it is red", color=widget["Color"]) if widget["Color"] == "red" else passed()


@policy(widget, "widget_is_locked", Severity.CRITICAL, registry=POLICIES, **_TEXTS)
def widget_is_locked(lock: Mapping[str, Any] | None, account_settings: Mapping[str, Any] | None) -> Verdict:
    """A lock of its own, or of the account."""
    if (account_settings or {}).get("LockAll") or lock is not None:
        return passed()
    return failed("no lock")


@policy(widget, "widget_crates_are_labelled", Severity.LOW, registry=POLICIES, **_TEXTS)
def widget_crates_are_labelled(crate_labels: Mapping[str, Any]) -> Verdict:
    """Every crate that it lies in bears a label."""
    if not crate_labels:
        return not_applicable("in no crate")
    bare = sorted(crate for crate, labels in crate_labels.items() if not labels)
    return failed("crates without label", crates=bare) if bare else passed()


@policy(widget, "widget_keys_are_used", Severity.MEDIUM, registry=POLICIES, **_TEXTS)
def widget_keys_are_used(keys: list[Mapping[str, Any]]) -> Verdict:
    """A key without use is bad; a use of -1 breaks the policy."""
    for key in keys:
        if 1 // (key["Use"] + 1) > 1:
            raise AssertionError
        if key["Use"] == 0:
            return failed("unused key", key=key["Key"])
    return passed()


CATALOG = Catalog([fake])


class FakeAws(CallerDouble):
    """The state of one account, and a Caller on it. ``break_at``: operation to the error it raises."""

    def __init__(self) -> None:
        super().__init__()
        self.settings: dict[str, Any] | None = {"LockAll": False}
        self.widgets: dict[str, dict[str, Any]] = {}
        self.crates: dict[str, list[str]] = {}
        self.break_at: dict[str, AwsCallError] = {}
        self.counts: Counter[str] = Counter()
        self.on_call: Callable[[str], None] = lambda _operation: None

    def deny(self, operation: str) -> None:
        """This operation is denied from now on."""
        self.break_at[operation] = AwsCallError(Kind.DENIED, "AccessDenied", "no", operation)

    def throttle(self, operation: str) -> None:
        """This operation is throttled from now on."""
        self.break_at[operation] = AwsCallError(Kind.THROTTLED, "Throttling", "slow", operation)

    def respond(self, asked: Asked) -> Mapping[str, Any]:
        operation = asked.operation
        self.counts[operation] += 1
        self.on_call(operation)
        if operation in self.break_at:
            raise self.break_at[operation]
        return self.answer(operation, asked.params)

    def answer(self, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the operation answers in this state."""
        answers: Callable[[Mapping[str, Any]], Mapping[str, Any]] = getattr(self, f"_{xform_name(operation)}")
        return answers(params)

    def _widget(self, params: Mapping[str, Any], operation: str) -> dict[str, Any]:
        if params["Id"] not in self.widgets:
            raise AwsCallError(Kind.ANSWER, "NoSuchWidget", "not there", operation)
        return self.widgets[params["Id"]]

    def _get_settings(self, _params: Mapping[str, Any]) -> Mapping[str, Any]:
        if self.settings is None:
            raise AwsCallError(Kind.ANSWER, "NoSettings", "none", "GetSettings")
        return {"Settings": dict(self.settings)}

    def _item(self, name: str) -> dict[str, Any]:
        return {
            "Id": name,
            "Color": self.widgets[name]["Color"],
            "Crates": self.widgets[name].get("Crates", []),
        }

    def _describe_widgets(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"Widgets": [self._item(name) for name in params["Ids"] if name in self.widgets]}

    def _list_widgets(self, _params: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"Widgets": [self._item(name) for name in sorted(self.widgets)]}

    def _get_lock(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        lock = self._widget(params, "GetLock").get("Lock")
        if lock is None:
            raise AwsCallError(Kind.ANSWER, "NoSuchLock", "none", "GetLock")
        return {"Lock": lock}

    def _list_tags(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"Tags": dict(self._widget(params, "ListTags").get("Tags", {}))}

    def _list_keys(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        keys = self._widget(params, "ListKeys").get("Keys", {})
        return {"Keys": [{"Key": name} for name in sorted(keys)]}

    def _get_key_use(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        for each in self.widgets.values():
            if params["Key"] in each.get("Keys", {}):
                return {"Use": each["Keys"][params["Key"]]}
        raise AwsCallError(Kind.ANSWER, "NoSuchWidget", "went away", "GetKeyUse")

    def _get_crate(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        if params["Id"] not in self.crates:
            raise AwsCallError(Kind.ANSWER, "NoSuchCrate", "not there", "GetCrate")
        return {"Crate": {"Id": params["Id"]}}

    def _list_crates(self, _params: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"Crates": [{"Id": name} for name in sorted(self.crates)]}

    def _list_labels(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        if params["Id"] not in self.crates:
            raise AwsCallError(Kind.ANSWER, "NoSuchCrate", "not there", "ListLabels")
        return {"Labels": list(self.crates[params["Id"]])}

    def failing(self) -> set[tuple[str, str]]:
        """What the policies must say of the state as it is: (resource, policy) that fail. Written a second time, by hand."""
        found = set()
        for name, widget in self.widgets.items():
            if widget["Color"] == "red":
                found.add((name, "widget_is_blue"))
            if widget.get("Lock") is None and not (self.settings or {}).get("LockAll"):
                found.add((name, "widget_is_locked"))
            if any(not self.crates.get(crate) for crate in widget.get("Crates", [])):
                found.add((name, "widget_crates_are_labelled"))
            if 0 in widget.get("Keys", {}).values():
                found.add((name, "widget_keys_are_used"))
        return found


class Clock:
    """A clock that goes when it is told to; Unix seconds."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """The time."""
        return self.now


def resource(name: str, type_name: str = "Fake::Widget") -> Resource:
    """A resource of the fake account."""
    region = "global" if CATALOG.types[type_name].is_global else REGION
    return Resource("aws", ACCOUNT, region, type_name, name)


def make_auditor(
    where: Path | Stores,
    aws: FakeAws,
    clock: Clock,
    *,
    tuning: Tuning | None = None,
    owner: str = "one",
    name: str = "test",
) -> Auditor:
    """An auditor on a fresh (or reopened) store; ``where``: a folder for SQLite files, or stores."""
    stores = SqliteStores(where) if isinstance(where, Path) else where
    return auditor_on(Database(stores.url(name)), aws, clock, tuning=tuning, owner=owner)


def auditor_on(
    database: Database, aws: FakeAws, clock: Clock, *, tuning: Tuning | None = None, owner: str = "one"
) -> Auditor:
    """An auditor on a store."""
    ids = iter(f"finding-{owner}-{number}" for number in range(100_000))
    return Auditor(
        database=database,
        catalog=CATALOG,
        policies=POLICIES,
        caller=aws,
        context=Context(frozenset({ACCOUNT})),
        clock=clock,
        owner=owner,
        tuning=tuning or Tuning(),
        new_id=lambda: next(ids),
        jitter=lambda: 1.0,
    )
