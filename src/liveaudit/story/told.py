"""Stories as plain data: for the API and for commands that print JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from liveaudit.store.resource_pages import Listed
from liveaudit.story.finding import Changed, Story
from liveaudit.story.resource import ResourceStory


def resource(each: Listed) -> dict[str, Any]:
    """A resource."""
    one = each.resource
    return {
        "key": each.key,
        "id": one.id,
        "type": one.type,
        "arn": each.arn,
        "account": one.account,
        "region": one.region,
        "partition": one.partition,
        "state": each.state,
        "first_seen": each.first_seen,
        "audited_at": each.audited_at,
        "changed_at": each.changed_at,
        "open_findings": dict(each.open),
    }


def change(each: Changed) -> dict[str, Any]:
    """A change of a section."""
    return {
        "id": each.id,
        "section": each.section,
        "resource": None if each.resource is None else resource(each.resource),
        "before_state": each.before_state,
        "after_state": each.after_state,
        "before_read_at": each.before_read_at,
        "read_at": each.read_at,
        "events": [asdict(one) for one in each.events],
        "found_by": each.found_by,
        "lines": [{"kind": line.kind, "text": line.text} for line in each.diff.lines],
        "removed": each.diff.removed,
        "added": each.diff.added,
        "note": each.diff.note,
    }


def whole_resource(each: ResourceStory) -> dict[str, Any]:
    """A resource with all that is known of it."""
    sections = [
        {
            "name": one.name,
            "state": one.state,
            "value": one.value,
            "doubt": one.doubt,
            "read_at": one.read_at,
            "event_at": one.event_at,
        }
        for one in each.sections
    ]
    return {
        **resource(each.listed),
        "sections": sections,
        "verdicts": [asdict(one) for one in each.verdicts],
        "changes": [change(one) for one in each.changes],
        "stands_on": [
            {"section": one.section, "other": resource(one.other), "other_section": one.other_section}
            for one in each.stands_on
        ],
        "dependents": [
            {"section": one.section, "other": resource(one.other), "other_section": one.other_section}
            for one in each.dependents
        ],
    }


def story(each: Story) -> dict[str, Any]:
    """A finding's story."""
    one = each.finding
    return {
        "id": one["id"],
        "policy": one["policy"],
        "title": each.policy.title if each.policy else "",
        "why": each.policy.why if each.policy else "",
        "fix": each.policy.fix if each.policy else "",
        "severity": one["severity"],
        "status": one["status"],
        "reason": one["reason"],
        "evidence": one["evidence"],
        "opened_at": one["opened_at"],
        "closed_at": one["closed_at"],
        "times_opened": one["times_opened"],
        "owner": one["owner"],
        "decided_by": one["decided_by"],
        "resource": resource(each.resource),
        "frameworks": {name: list(controls) for name, controls in each.frameworks.items()},
        "who": None if each.who is None else asdict(each.who),
        "found_by": each.found_by,
        "changes": [change(one) for one in each.changes],
        "closing": [change(one) for one in each.closing],
        "steps": [{"name": step.name, "at": step.at, "seconds": step.seconds} for step in each.steps],
        "remedies": dict(each.remedies),
        "history": [
            {
                "status": move.status,
                "previous": move.previous,
                "at": move.at,
                "reason": move.reason,
                "by": move.by,
                "events": [asdict(event) for event in move.events],
                "found_by": move.found_by,
            }
            for move in each.moves
        ],
        "remarks": list(one["remarks"]),
    }
