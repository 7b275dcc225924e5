"""Clients of AWS. In the sandbox no role is assumed: every call is answered within the process."""

from __future__ import annotations

import os
from typing import Any

import boto3


class ClientFactory:
    """Makes clients, each once."""

    def __init__(self, role_arn: str, region: str | None = None, assume_role_mode: bool = True) -> None:
        self.role_arn, self.assume_role_mode = role_arn, assume_role_mode
        self._region = region or os.environ.get("AWS_REGION")
        self._made: dict[tuple[str, str | None], Any] = {}

    def build_client(self, service: str, region: str | None = None, assume_role_mode: bool = True) -> Any:
        """A client of that service, in that region or the event's; ``assume_role_mode`` makes no difference here."""
        del assume_role_mode
        key = (service, region or self._region)
        if key not in self._made:
            self._made[key] = boto3.client(service, region_name=key[1])
        return self._made[key]
