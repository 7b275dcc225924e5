"""All metrics by name: the collectors, the documentation, the dashboard and the alert rules are held against this table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Described:
    """A metric: its type, its labels, whose figure it is (``process``, ``store`` or ``console``), and what it tells."""

    kind: str
    labels: tuple[str, ...]
    of: str
    text: str


METRICS = {
    "liveaudit_build_info": Described("gauge", ("version",), "process", "1, with the version that runs."),
    "liveaudit_events_total": Described(
        "counter", ("account", "region"), "process", "Events taken in, of enrolled accounts."
    ),
    "liveaudit_hop_latency_seconds": Described(
        "histogram", ("hop",), "process", "How long each hop of an event took."
    ),
    "liveaudit_aws_calls_total": Described(
        "counter", ("account", "service"), "process", "Calls to AWS of the audit."
    ),
    "liveaudit_findings_moved_total": Described(
        "counter", ("status", "severity"), "process", "Steps of findings that audits took: to which status."
    ),
    "liveaudit_http_requests_total": Described(
        "counter",
        ("kind", "code"),
        "console",
        "Requests that the console answered: pages, API, static files.",
    ),
    "liveaudit_http_request_duration_seconds": Described(
        "histogram", ("kind",), "console", "How long the console took to answer; streams do not count."
    ),
    "liveaudit_store_up": Described("gauge", (), "process", "1 if the store gave its figures, else 0."),
    "liveaudit_workers": Described("gauge", ("state",), "store", "Workers that are alive, and vanished."),
    "liveaudit_last_event_timestamp_seconds": Described(
        "gauge", ("account", "region"), "store", "When an event of the account and region was taken in last."
    ),
    "liveaudit_due_rows": Described(
        "gauge",
        ("account", "region", "lane"),
        "store",
        "Resources due to be audited: for events, or by sweeps.",
    ),
    "liveaudit_due_oldest_age_seconds": Described(
        "gauge",
        ("account", "region"),
        "store",
        "How long the first of those that are due for events has waited.",
    ),
    "liveaudit_due_tried_again_rows": Described(
        "gauge", ("account", "region"), "store", "Resources that could not be read and are tried again."
    ),
    "liveaudit_queue_messages": Described(
        "gauge",
        ("queue", "state"),
        "store",
        "Messages in the receiver's queues: waiting, in flight, dead letters; as AWS counts them.",
    ),
    "liveaudit_unknown_verdicts": Described(
        "gauge", ("account", "region", "reason_kind"), "store", "Verdicts that are UNKNOWN."
    ),
    "liveaudit_findings_open": Described("gauge", ("severity", "service"), "store", "Open findings."),
    "liveaudit_throttles_total": Described(
        "counter", ("account", "region", "service"), "store", "How often AWS throttled our calls."
    ),
    "liveaudit_quarantine_messages": Described(
        "gauge", ("reason",), "store", "Messages that were not understood."
    ),
    "liveaudit_questions_waiting": Described(
        "gauge",
        ("policy",),
        "store",
        "Questions that who decides a policy elsewhere has not answered yet.",
    ),
    "liveaudit_questions_total": Described(
        "counter", ("policy", "outcome"), "store", "Questions asked: answered, and unanswered."
    ),
    "liveaudit_questions_failing_in_row": Described(
        "gauge", ("policy",), "store", "How many times in a row not everything that was asked was answered."
    ),
    "liveaudit_changes_brought": Described(
        "gauge", ("account", "service"), "store", "Changes of the last 30 days that events brought."
    ),
    "liveaudit_changes_missed": Described(
        "gauge", ("account", "service"), "store", "Changes of the last 30 days that only a sweep found."
    ),
    "liveaudit_channel_messages": Described(
        "gauge", ("channel", "state"), "store", "Messages on channels: waiting, and given up."
    ),
    "liveaudit_channel_failing_in_row": Described(
        "gauge", ("channel",), "store", "How many times in a row a channel could not be told."
    ),
    "liveaudit_channel_sent_total": Described("counter", ("channel",), "store", "Messages that arrived."),
}
"""All metrics by name; a test holds that these are told, and that docs/monitoring.md has them."""
