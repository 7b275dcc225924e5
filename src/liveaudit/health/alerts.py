"""Alert rules for Prometheus to begin with, as data; ``deploy/prometheus/`` holds the file that is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Alert:
    """A rule. ``lasts``: for how long it must hold, as Prometheus writes it; ``summary``: what is wrong, ``todo``: what to do
    next; both may name labels of the expression."""

    name: str
    expr: str
    severity: str
    summary: str
    todo: str
    lasts: str = ""

    def plain(self) -> dict[str, Any]:
        """As a file of rules holds it."""
        return {
            "alert": self.name,
            "expr": self.expr,
            **({"for": self.lasts} if self.lasts else {}),
            "labels": {"severity": self.severity},
            "annotations": {"summary": self.summary, "description": self.todo},
        }


_PLACE = "{{ $labels.account }} {{ $labels.region }}"
ALERTS = (
    Alert(
        "LiveauditNoWorker",
        'max(liveaudit_workers{state="alive"}) < 1 or absent(liveaudit_workers)',
        "critical",
        "No worker is alive",
        "Nothing is audited, and events wait in their queues. Start liveaudit worker, or see why it ended in its log.",
        "2m",
    ),
    Alert(
        "LiveauditStoreDown",
        "max(liveaudit_store_up) == 0",
        "critical",
        "The store gives no answer",
        "Events wait in their queues until it does. See that the database of the settings' store runs and can be reached.",
        "2m",
    ),
    Alert(
        "LiveauditBehind",
        "max by (account, region) (liveaudit_due_oldest_age_seconds) > 300",
        "critical",
        f"{_PLACE}: resources wait to be audited",
        "See liveaudit status for what is slow there: throttling, missing permissions, or too few workers.",
        "5m",
    ),
    Alert(
        "LiveauditDeadLetters",
        'max by (queue) (liveaudit_queue_messages{state="dead letters"}) > 0',
        "critical",
        "{{ $labels.queue }}: dead letters",
        "Messages were received again and again and never stored. Read them in the dead-letter queue of that region.",
    ),
    Alert(
        "LiveauditQueueGrows",
        'max by (queue) (liveaudit_queue_messages{state="waiting"}) > 10000',
        "critical",
        "{{ $labels.queue }}: many messages wait",
        "More comes than is taken in. Start another worker on the same store, or see why the present ones are slow.",
        "10m",
    ),
    Alert(
        "LiveauditSlow",
        "histogram_quantile(0.95,"
        ' sum by (le) (rate(liveaudit_hop_latency_seconds_bucket{hop="made-stored"}[15m]))) > 120',
        "warning",
        "One in twenty changes takes more than two minutes to its verdicts",
        "The hops on the dashboard tell where the time goes.",
        "15m",
    ),
    Alert(
        "LiveauditWorkerVanished",
        'max(liveaudit_workers{state="vanished"}) > 0',
        "warning",
        "A worker fell silent without having stopped",
        "What it had in hand is done by others. See its log and its machine; it is forgotten after a week.",
        "5m",
    ),
    Alert(
        "LiveauditQuarantine",
        "max by (reason) (liveaudit_quarantine_messages) > 0",
        "warning",
        "Messages in quarantine: {{ $labels.reason }}",
        "See them with liveaudit quarantine list; when the cause is mended, liveaudit quarantine replay takes them in.",
    ),
    Alert(
        "LiveauditUnknown",
        "max by (account, reason_kind) (liveaudit_unknown_verdicts) > 0",
        "warning",
        "{{ $labels.account }}: verdicts are UNKNOWN ({{ $labels.reason_kind }})",
        "What could not be read is not known to be right. The account's page in the console tells what stands in the way.",
        "1h",
    ),
    Alert(
        "LiveauditPolicyNotAnswered",
        "max by (policy) (liveaudit_questions_failing_in_row) > 2",
        "warning",
        "{{ $labels.policy }}: who decides it does not answer",
        "Its verdicts are UNKNOWN. liveaudit status tells why; for a Lambda function see its log too.",
        "5m",
    ),
    Alert(
        "LiveauditThrottled",
        "max by (account, region, service) (rate(liveaudit_throttles_total[15m])) > 0.1",
        "warning",
        f"{_PLACE}: AWS throttles {{{{ $labels.service }}}}",
        "Others may need the same limits. See docs/budgets.md for what liveaudit takes of them.",
        "15m",
    ),
    Alert(
        "LiveauditMisses",
        "max by (account, service) (liveaudit_changes_missed) > 0",
        "warning",
        "{{ $labels.account }}: changes of {{ $labels.service }} came to light by a sweep and by no event",
        "Prove the way of its events with liveaudit setup verify.",
    ),
    Alert(
        "LiveauditSilentAccount",
        "time() - max by (account) (liveaudit_last_event_timestamp_seconds) > 3 * 86400",
        "warning",
        "{{ $labels.account }}: no event for three days",
        "Prove the way of its events with liveaudit setup verify.",
    ),
    Alert(
        "LiveauditChannelFails",
        "max by (channel) (liveaudit_channel_failing_in_row) > 0",
        "critical",
        "{{ $labels.channel }}: nobody is told",
        "Messages are kept until it answers. liveaudit channels list tells why it fails; try it with liveaudit channels test.",
        "10m",
    ),
    Alert(
        "LiveauditGivenUp",
        'max by (channel) (liveaudit_channel_messages{state="given up"}) > 0',
        "warning",
        "{{ $labels.channel }}: messages were given up",
        "liveaudit channels given-up tells each with its reason; when it is mended, liveaudit channels resend sends them.",
    ),
    Alert(
        "LiveauditConsoleErrors",
        'sum by (kind) (rate(liveaudit_http_requests_total{code=~"5.."}[5m])) > 0',
        "warning",
        "The console answers with errors ({{ $labels.kind }})",
        "The log of liveaudit serve tells each with its reason.",
        "5m",
    ),
)


def rules_file(alerts: Sequence[Alert] = ALERTS) -> str:
    """The file that Prometheus reads (``rule_files``)."""
    plain = {"groups": [{"name": "liveaudit", "rules": [each.plain() for each in alerts]}]}
    return _HEADING + yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=120)


_HEADING = "# Made by: liveaudit monitoring alerts. Change src/liveaudit/health/alerts.py instead.\n"
