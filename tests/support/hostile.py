"""What must hold of any message whatever, and messages to begin with. Used by hypothesis and by ``make fuzz`` alike.

The promise of the edge: what comes in is understood or kept with a typed reason, never both and never neither; nothing
is audited that is not a resource of an enrolled account in a real place; every database takes what is to be stored.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from sqlalchemy import String
from sqlalchemy import event as listening

from liveaudit.catalog.targets import SERVICE_TYPE, Relevance
from liveaudit.cli.explain import _print, explained, texts
from liveaudit.intake.envelope import Flaw
from liveaudit.intake.sort import Message, Sorted, sort_messages
from liveaudit.intake.take import store_sorted
from liveaudit.model import GLOBAL_REGION, partition_of
from liveaudit.services import load
from liveaudit.store import schema, work
from liveaudit.store.work import Due
from tests.support.fast_store import FastDatabase

CATALOG, POLICIES = load()
OURS, OTHER, STRANGER = "111111111111", "222222222222", "999999999999"
ENROLLED = frozenset({OURS, OTHER})
REGION = "eu-west-1"
AUDIT_ROLE = f"arn:aws:iam::{OURS}:role/liveaudit-audit"
OWN_ROLES = {OURS: AUDIT_ROLE}
_PLACE = re.compile(r"[a-z]{2,8}(-[a-z]+){1,3}-\d{1,2}[a-z]?")
_NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")
_FOR_TERMINALS = re.compile(r"[^\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]*")
_LONGEST = {
    (table.name, column.name): column.type.length
    for table in schema.metadata.sorted_tables
    for column in table.columns
    if isinstance(column.type, String) and column.type.length
}


class BrokenPromiseError(Exception):
    """What must always hold does not hold for this message."""


def hold(condition: bool, what: str) -> None:
    """Raise BrokenPromiseError unless it does."""
    if not condition:
        raise BrokenPromiseError(what)


@lru_cache(maxsize=1)
def store() -> FastDatabase:
    """A store in memory that refuses what PostgreSQL would: NUL, what is no character, text longer than its column."""
    made = FastDatabase()

    @listening.listens_for(made.engine, "before_cursor_execute")
    def _refuse(_connection: Any, _cursor: Any, _statement: str, given: Any, *_: Any) -> None:
        for row in given if isinstance(given, list) else [given]:
            for value in row.values() if isinstance(row, dict) else row:
                hold(
                    not isinstance(value, str) or not _NO_TEXT.search(value),
                    f"no database takes {value!r:.200}",
                )

    return made


def check_message(body: str) -> Sorted:
    """Sort and store one message. Raises BrokenPromiseError, or whatever our code raises."""
    batch = sort_messages(CATALOG, ENROLLED, [Message("m", f"{REGION}/q", "r", body, 1.0, 2.0)], OWN_ROLES)
    hold(batch.counts.total() == 1, f"counted {batch.counts}")
    hold(len(batch.rejected) + len(batch.hellos) <= 1, "ends in two places")
    hold(not batch.rejected or not batch.due, "both due and refused")
    for rejected in batch.rejected:
        hold(rejected.flaw != Flaw.FAULT, f"a fault: {rejected.detail}")
        hold(bool(rejected.detail), "refused without a reason")
        hold(rejected.message.body == body, "not kept as it came")
    (kind,) = (name for name, _ in batch.counts)
    hold(bool(batch.due) == (kind in ("changes", "unmapped")), f"{kind}: {len(batch.due)} due")
    for each in batch.due:
        _check_due(each)
    _check_stored(batch)
    return batch


def _check_due(due: Due) -> None:
    resource = due.resource
    hold(resource.account in ENROLLED, f"audits an account that is not enrolled: {resource}")
    hold(resource.type in CATALOG.types or resource.type == SERVICE_TYPE, f"no such type: {resource}")
    if resource.region != GLOBAL_REGION:
        hold(bool(_PLACE.fullmatch(resource.region)), f"no region: {resource}")
        hold(partition_of(resource.region) == resource.partition, f"a region of elsewhere: {resource}")
    hold(0 < len(resource.id) <= schema.LONGEST_NAME, f"an id of {len(resource.id)} characters")
    for name in ("partition", "account", "region", "type"):
        hold(len(getattr(resource, name)) <= _LONGEST["resources", name], f"too long a {name}: {resource}")
    hold(len(due.cause.id) <= _LONGEST["due_causes", "cause_id"], "too long an id of the cause")
    hold(due.cause.change is not None, "nobody to attribute it to")


def _check_stored(batch: Sorted) -> None:
    """It can be stored, and comes back as it was."""
    database = store()
    with database.engine.connect() as connection, connection.begin() as transaction:
        connection.exec_driver_sql("BEGIN")  # the fast store leaves it to who begins
        store_sorted(connection, batch, 3.0)
        if batch.due:
            claims = work.claim(connection, owner="o", now=1e9, lease_seconds=1, limit=5000)
            hold(
                {each.resource for each in claims} == {each.resource for each in batch.due},
                "what is due is not what was stored",
            )
        transaction.rollback()


def check_explained(content: str) -> list[dict[str, Any]]:
    """Explain whatever a file holds, and print it. Raises BrokenPromiseError, or whatever our code raises."""
    told = [explained(text, CATALOG, POLICIES) for text in texts(content)]
    outcomes = {each.value for each in Relevance}
    for each in told:
        hold(each["outcome"] in outcomes, f"no outcome: {each['outcome']}")
        hold(each["outcome"] == "changes" or not each["resources"], "resources of what changed nothing")
        hold(each["outcome"] != "invalid" or bool(each["reason"]), "invalid without a reason")
        json.loads(json.dumps(each, ensure_ascii=True))
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            _print(each)
        hold(
            bool(_FOR_TERMINALS.fullmatch(printed.getvalue())),
            f"control characters: {printed.getvalue()!r:.300}",
        )
    return told


def envelope(record: dict[str, Any]) -> dict[str, Any]:
    """A record as a queue has it."""
    return {
        "version": "0",
        "id": "c0ffee00-0000-4000-8000-000000000001",
        "detail-type": "AWS API Call via CloudTrail",
        "source": f"aws.{str(record['eventSource']).partition('.')[0]}",
        "account": record["recipientAccountId"],
        "time": "2026-11-20T10:00:02Z",
        "region": record["awsRegion"],
        "resources": [],
        "detail": record,
    }


def record(source: str, name: str) -> dict[str, Any]:
    """A record that says nothing yet but its name."""
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": f"arn:aws:sts::{OURS}:assumed-role/Admin/ann",
            "accountId": OURS,
            "sessionContext": {"sessionIssuer": {"arn": f"arn:aws:iam::{OURS}:role/Admin"}},
        },
        "eventTime": "2026-11-20T10:00:00Z",
        "eventSource": source,
        "eventName": name,
        "awsRegion": REGION,
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2",
        "requestParameters": {},
        "responseElements": None,
        "eventID": "e-1",
        "readOnly": False,
        "recipientAccountId": OURS,
        "managementEvent": True,
        "eventCategory": "Management",
    }


def _put(node: dict[str, Any], path: str, value: str) -> None:
    """Make what :func:`liveaudit.catalog.paths.find_all` finds at ``path``."""
    *parents, last = path.split(".")
    for step in parents:
        name, is_list = step.removesuffix("[]"), step.endswith("[]")
        child: Any = node.get(name)
        if not isinstance(child, list if is_list else dict):
            child = node[name] = [{}] if is_list else {}
        node = child[0] if is_list else child
    node[last.removesuffix("[]")] = [value] if last.endswith("[]") else value


def seeds() -> Iterator[dict[str, Any]]:
    """A record of every change that the catalog knows, for every way in which it names its resource; and odd ones."""
    names: dict[tuple[str, str], set[str]] = {}
    for resource_type in CATALOG:
        for change in resource_type.changes.values():
            paths = {*change.named_by, *change.renamed_to}
            paths |= {path for alias in resource_type.aliases for path in alias.named_by}
            names.setdefault((resource_type.event_source, change.event), set()).update(paths)
    for (source, name), paths in sorted(names.items()):
        made = record(source, name)
        for number, path in enumerate(sorted(paths)):
            if not path.startswith("{"):
                _put(made, path, f"thing-{number}")
        yield made
    for source in sorted({each.event_source for each in CATALOG.services.values()}):
        made = record(source, "MakeSomethingNew")
        made["resources"] = [
            {"ARN": CATALOG_ARNS[each.name], "accountId": OURS, "type": each.name}
            for each in CATALOG
            if each.event_source == source
        ]
        yield made


def odd() -> Iterator[dict[str, Any]]:
    """Envelopes that change nothing, each for another reason; and a bucket made elsewhere."""
    acl = record("s3.amazonaws.com", "PutBucketAcl") | {"requestParameters": {"bucketName": "photos"}}
    place = {"bucketName": "photos", "CreateBucketConfiguration": {"LocationConstraint": "EU"}}
    session = {"sessionIssuer": {"type": "Role", "arn": AUDIT_ROLE}}
    ours = {"type": "AssumedRole", "accountId": OURS, "sessionContext": session}
    yield envelope(acl | {"eventName": "CreateBucket", "requestParameters": place})
    yield envelope(acl | {"errorCode": "AccessDenied", "errorMessage": "no"})
    yield envelope(acl | {"readOnly": True})
    yield envelope(acl | {"readOnly": None, "eventName": "GetBucketAcl"})
    yield envelope(acl | {"eventName": "PutObject", "eventCategory": "Data", "managementEvent": False})
    yield envelope(acl | {"eventName": "PutBucketAcl20201231"})
    yield envelope(acl | {"recipientAccountId": STRANGER})
    yield envelope(acl | {"eventSource": "sts.amazonaws.com", "eventName": "AssumeRole"})
    yield envelope(acl | {"eventName": "GetBucketAcl", "readOnly": False, "userIdentity": ours})
    for service in CATALOG.services.values():
        for name in (*sorted(service.ignored)[:1], *sorted(service.unnamed)[:1]):
            yield envelope(record(service.event_source, name))
    hello = {"eventName": "Hello", "nonce": "0123456789abcdef" * 2, "rule": 1}
    frame = {"account": OURS, "region": REGION, "time": "2026-11-20T10:00:02Z", "detail": hello}
    yield {"id": "h", "detail-type": "liveaudit hello", "source": "liveaudit.hello-1", **frame}


CATALOG_ARNS = {
    each.name: each.arn.replace("{partition}", "aws")
    .replace("{account}", OURS)
    .replace("{region}", REGION)
    .replace("{id}", "thing")
    for each in CATALOG
}
HOSTILE: tuple[Any, ...] = (
    None, True, False, 0, -1, 10**30, 1.5, "", " ", "\0", "\ud800", "\u202eabc", "\x1b[2J", "x" * 2048, "x" * 3000,
    "arn:aws:s3:::photos", f"arn:aws:ec2:{REGION}:{STRANGER}:security-group/sg-1", "arn:aws-cn:s3:::photos",
    f"arn:aws:iam::{OTHER}:role/r", "arn:aws:iam::aws:policy/P", "arn:aws:ec2:../..:1:vpc/v", "arn::::::", "arn:",
    "?GroupName=web", "{account}", "{id.x}", "*", "../../etc/passwd", "'; DROP TABLE due; --", "cn-north-1", "EU",
    "us-gov-west-1", f"aa-{'b' * 60}-1", STRANGER, OTHER, AUDIT_ROLE, "2026-11-20T10:00:00Z", "0001-01-01T00:00:00+14:00",
    [], {}, [[]], [None], {"content": "x"}, {"items": [{"groupId": "sg-1"}]}, [{}] * 3, {"a": {"a": {"a": []}}},
    {"ARN": "arn:aws:s3:::photos"},
)  # fmt: skip
"""Values that have no business where they are put."""
