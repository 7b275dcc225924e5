"""``status``, the figures for Prometheus and ``doctor`` against the lab, with the runner's own key and rights."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from liveaudit.cli.main import app
from liveaudit.cli.watching import watching
from liveaudit.demo.runner import Demo
from liveaudit.health.metrics import ProcessCollector
from liveaudit.lab import Lab
from tests.lab.conftest import PUBLISHER, RECEIVER

pytestmark = [pytest.mark.lab, pytest.mark.slow]

US, EU = "us-east-1", "eu-west-1"
PLACE = f"account={PUBLISHER},region={EU}"


def objects(told: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for line in told.splitlines():
        each = json.loads(line)
        found.setdefault(each["what"], []).append(each)
    return found


def samples(text: str) -> dict[tuple[str, str], float]:
    return {
        (each.name, ",".join(f"{key}={value}" for key, value in sorted(each.labels.items()))): each.value
        for family in text_string_to_metric_families(text)
        for each in family.samples
    }


async def watched(demo: Demo, lab: Lab) -> dict[tuple[str, str], float]:
    """What the worker tells once an event has come and is audited."""
    found: dict[tuple[str, str], float] = {}
    wanted = ("liveaudit_hop_latency_seconds_count", "hop=made-stored")
    async with demo.watching():
        assert demo.worker is not None
        assert demo.worker.pulse is not None
        demo.worker.pulse.every = 0.2
        address = ("127.0.0.1", 0)
        parts = demo.parts
        process = ProcessCollector(lambda: parts.auditor.meter, lambda: dict(parts.caller.counts))
        with watching(parts.database, parts.catalog, parts.clock, address, process) as url:
            await asyncio.to_thread(make_bucket, lab)
            deadline = time.monotonic() + 60
            async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
                last = ("liveaudit_last_event_timestamp_seconds", PLACE)
                queue = ("liveaudit_queue_messages", f"queue={EU}/liveaudit-events,state=dead letters")
                while not found.keys() >= {wanted, last, queue}:
                    assert time.monotonic() < deadline, found
                    await asyncio.sleep(0.2)
                    found = samples((await client.get("/metrics", timeout=20)).text)
                assert (await client.get("/healthz")).status_code == 200
                assert (await client.get("/readyz")).status_code == 200
    return found


def make_bucket(lab: Lab) -> None:
    s3 = lab.client(PUBLISHER, "s3", EU)
    s3.create_bucket(Bucket="watched", CreateBucketConfiguration={"LocationConstraint": EU})


def test_a_worker_is_watched_and_what_no_event_brought_is_found(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("liveaudit.health.metrics.CACHED_FOR", 0.0)
    demo = Demo(lab, tmp_path, RECEIVER, (RECEIVER, PUBLISHER), (US, EU), lambda _line: None)
    demo.set_up()
    found = asyncio.run(watched(demo, lab))
    assert found["liveaudit_events_total", PLACE] >= 1
    assert found["liveaudit_workers", "state=alive"] == 1
    assert found["liveaudit_store_up", ""] == 1
    assert found["liveaudit_queue_messages", f"queue={EU}/liveaudit-events,state=dead letters"] == 0

    environment = {
        **lab.environment(RECEIVER, US),
        "AWS_ACCESS_KEY_ID": demo.keys[0],
        "AWS_SECRET_ACCESS_KEY": demo.keys[1],
        "LIVEAUDIT_SETTINGS": str(demo.settings_file),
    }

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(app, arguments, env=environment)

    status = run("status", "--json")
    assert status.exit_code == 1, "no worker is alive any more"
    told = objects(status.stdout)
    assert [each["rule"] for each in told["trouble"] if each["level"] == "unhealthy"] == ["no worker"]
    assert "worker" not in told, "one that stops in order is not missed"
    assert {each["region"]: (each["exists"], each["dead_letters"]) for each in told["queue"]} == {
        EU: (True, 0),
        US: (True, 0),
    }
    assert {each["hop"] for each in told["latency"]} >= {"sent-received", "claimed-read", "made-stored"}
    assert {each["account"] for each in told["place"]} >= {PUBLISHER}
    lab.knobs.deny("sqs:GetQueueAttributes")
    assert "its state is not known: GetQueueAttributes" in run("status").stdout
    lab.knobs.allow("sqs:GetQueueAttributes")

    checked = run("doctor")
    assert checked.exit_code == 0, checked.stdout
    same = run("doctor", "--compare", "--service", "s3", "--json")
    assert same.exit_code == 0, same.stdout
    assert objects(same.stdout)["summary"][0]["sampled"] >= 1
    lab.client(PUBLISHER, "s3", EU).delete_public_access_block(Bucket="watched")
    drifted = run("doctor", "--compare", "--service", "s3", "--json")
    assert drifted.exit_code == 1, drifted.stdout
    told = objects(drifted.stdout)
    assert [(each["id"], each["name"]) for each in told["section"]] == [("watched", "public_access_block")]
    assert "s3_bucket_level_public_access_block" in {each["name"] for each in told["verdict"]}
