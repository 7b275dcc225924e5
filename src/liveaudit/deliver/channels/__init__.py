"""The kinds of channels, by the name that stands for them in the settings."""

from __future__ import annotations

from collections.abc import Mapping

from liveaudit.deliver.channels import (
    apprise,
    email,
    eventbridge,
    file,
    pagerduty,
    s3,
    security_hub,
    slack,
    sns,
    teams,
    webhook,
)
from liveaudit.deliver.channels.interface import ChannelKind

_MODULES = (slack, teams, email, pagerduty, webhook, sns, eventbridge, security_hub, s3, apprise, file)
KINDS: Mapping[str, ChannelKind] = {each.KIND.name: each.KIND for each in _MODULES}
