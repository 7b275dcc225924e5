"""Policies that a Lambda function of the user's decides: who is asked, and how."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from liveaudit.catalog.catalog import Catalog
from liveaudit.custom.common import Common, PolicyMistakeError
from liveaudit.custom.shape_of_functions import LambdaSpec
from liveaudit.custom.tagged import tagged_sections
from liveaudit.model import Verdict, partition_of
from liveaudit.policies.policy import Asks, Policy, PolicyKind
from liveaudit.settings.mistakes import Path, nearest, shown


@dataclass(frozen=True, slots=True)
class Asked:
    """How a function is asked. ``batch``: resources in one request at most; ``timeout``: seconds that it may take;
    ``concurrency``: invocations at once, of one worker."""

    batch: int = 25
    timeout: int = 60
    concurrency: int = 2


MOST = {"batch": 100, "timeout": 900, "concurrency": 50}
"""The most that may be said of these. Lambda ends a function after 900 seconds."""


def build(common: Common, spec: LambdaSpec, _catalog: Catalog) -> Policy:
    """A policy on one type. Raises PolicyMistakeError."""
    for number, name in enumerate(spec.sections):
        if name not in common.type.sections:
            near = nearest(name, common.type.sections)
            raise PolicyMistakeError(
                ("lambda", "sections", number), f"{shown(name)} is no section of {common.type.name}{near}"
            )
    for name, most in MOST.items():
        if not 1 <= getattr(spec, name) <= most:
            raise PolicyMistakeError(
                ("lambda", name), f"{getattr(spec, name)} is none that is taken: 1 to {most:,} are"
            )
    check_place(spec.function, ("lambda", "function"))
    sections = frozenset(spec.sections) | (tagged_sections(common.type) if spec.tags else frozenset())
    asks = Asks(spec.function, Asked(spec.batch, spec.timeout, spec.concurrency))
    return common.policy(PolicyKind.LAMBDA, _judge(spec), sections, asks=asks)


def check_place(arn: str, field: Path) -> None:
    """Nothing for a region of the ARN's own partition. Raises PolicyMistakeError."""
    _, partition, _, region, *_ = arn.split(":")
    if partition_of(region) != partition:
        raise PolicyMistakeError(
            field, f"{region} is in the partition {partition_of(region)}, not in {partition}"
        )


@dataclass(frozen=True, slots=True)
class AskedElsewhere:
    """In the place of a function of ours, for a policy that asks others; it is never called. See ``Defined``."""

    judged: str
    definition: str

    def __call__(self, **_sections: object) -> Verdict:
        """Raises AssertionError."""
        raise AssertionError("a policy that asks others was judged here")


def _judge(spec: LambdaSpec) -> AskedElsewhere:
    sent = [*spec.sections, *(["the tags"] if spec.tags else [])]
    return AskedElsewhere(
        f"The Lambda function {spec.function} decides. It is sent {', '.join(sent)} as they are stored, for up to "
        f"{spec.batch} resources at once, and has {spec.timeout} seconds to answer.",
        json.dumps({"lambda": msgspec.to_builtins(spec)}, indent=2),
    )


def asked_functions(policies: Iterable[Policy]) -> tuple[str, ...]:
    """The ARNs of all functions that are asked, in order: for these and no others ``lambda:InvokeFunction`` is needed."""
    found = {each.asks.whom for each in policies if each.asks is not None}
    return tuple(sorted(each for each in found if ":lambda:" in each))
