"""``liveaudit monitoring``: files for Prometheus and Grafana."""

from __future__ import annotations

import sys

import typer

from liveaudit.cli.common import JsonOption, print_json, print_table

app = typer.Typer(
    help="What Prometheus and Grafana need to watch liveaudit.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("metrics")
def list_metrics(as_json: JsonOption = False) -> None:
    """List the metrics that serve and worker tell with --metrics."""
    from liveaudit.health.described import METRICS

    if as_json:
        for name, each in METRICS.items():
            print_json(
                {"name": name, "type": each.kind, "labels": each.labels, "of": each.of, "tells": each.text}
            )
        return
    print_table(
        ("metric", "type", "labels", "of", "tells"),
        ((name, each.kind, ", ".join(each.labels), each.of, each.text) for name, each in METRICS.items()),
    )


@app.command("alerts")
def print_alerts() -> None:
    """Print the alert rules, as Prometheus reads them from one of its rule_files."""
    from liveaudit.health.alerts import rules_file

    sys.stdout.write(rules_file())


@app.command("dashboard")
def print_dashboard() -> None:
    """Print the dashboard, as Grafana imports it."""
    from liveaudit.health.dashboard import dashboard_file

    sys.stdout.write(dashboard_file())
