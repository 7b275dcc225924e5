"""The file of JSON lines: every message whole on its own line, and nothing hostile at work in it."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path

import pytest

from liveaudit.deliver.channels import KINDS
from liveaudit.deliver.channels.interface import Channel, ChannelError, Message
from liveaudit.settings.shape_of_channels import KIND_NAMES, FileSettings
from tests.unit.deliver.channels.messages import hostile_messages, message


def channel(path: Path) -> Channel:
    return KINDS["file"].build("journal", FileSettings(str(path)))


def send(path: Path, *messages: Message) -> None:
    one = channel(path)
    for each in messages:
        asyncio.run(one.send(each))


def test_every_kind_of_the_settings_can_be_built() -> None:
    assert set(KINDS) == set(KIND_NAMES)


def test_each_message_is_a_line(tmp_path: Path) -> None:
    path = tmp_path / "told.jsonl"
    given = [message(), *hostile_messages()]
    send(path, *given)
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert len(lines) == len(given)
    first = lines[0]
    assert first["findings"][0]["who"]["event"] == "PutBucketAcl"
    assert first["kind"] == "opened"
    assert lines[-1]["findings"][0]["who"]["arn"] == given[-1].findings[0].who.arn
    assert path.read_bytes().isascii()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_cannot_be_written_is_tried_again_later(tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match="cannot be written") as raised:
        send(tmp_path, message())
    assert not raised.value.permanent
