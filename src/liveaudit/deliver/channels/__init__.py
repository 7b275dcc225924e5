"""The kinds of channels, by the name that stands for them in the settings."""

from __future__ import annotations

from collections.abc import Mapping

from liveaudit.deliver.channels import file
from liveaudit.deliver.channels.interface import ChannelKind

KINDS: Mapping[str, ChannelKind] = {each.name: each for each in (file.KIND,)}
