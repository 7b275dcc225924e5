"""Fuzz the edge: ``python -m fuzz.run message|explain CORPUS_FOLDER [libFuzzer's options]``.

``message``: bytes as they come from a queue are sorted and stored. ``explain``: bytes as they stand in a file are
explained and printed. What must hold is in tests/support/hostile.py; what does not hold is written to the folder as
``crash-...``, and the run ends with 1. The corpus begins with a record of every change that the catalog knows, made
here; further folders may be named. ``--first`` makes those and ends.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["liveaudit"], exclude=["liveaudit.lab", "liveaudit.provision"]):
    import liveaudit.cli.explain
    import liveaudit.intake.sort
    import liveaudit.services  # noqa: F401 - all of them instrumented before anything else imports them

from fuzz.mutate import mutated
from tests.support import hostile

_RAW = 0.1
"""So much of the mutation is libFuzzer's own, of bytes."""


def message(data: bytes) -> None:
    """One execution of the target ``message``."""
    hostile.check_message(data.decode("utf-8", "surrogateescape"))


def explain(data: bytes) -> None:
    """One execution of the target ``explain``."""
    hostile.check_explained(data.decode("utf-8", "surrogateescape"))


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """libFuzzer's custom mutator: JSON as JSON, now and then bytes as bytes."""
    rng = random.Random(seed)  # noqa: S311 - repeatable, not secret
    if rng.random() >= _RAW:
        made = mutated(data, rng)
        if made is not None and len(made) <= max_size:
            return made
    return bytes(atheris.Mutate(data, max_size))


def write_seeds(folder: Path, target: str) -> None:
    """The first corpus."""
    folder.mkdir(parents=True, exist_ok=True)
    records = [*hostile.seeds(), *(each["detail"] for each in hostile.odd())]
    envelopes = [*map(hostile.envelope, hostile.seeds()), *hostile.odd()]
    for number, given in enumerate(envelopes + (records if target == "explain" else [])):
        (folder / f"seed-{number:04}").write_text(json.dumps(given), encoding="utf-8")


def main() -> None:
    """See the module."""
    targets = {"message": message, "explain": explain}
    if len(sys.argv) < 3 or sys.argv[1] not in targets:
        raise SystemExit(__doc__)
    target, corpus, *options = sys.argv[1:]
    write_seeds(Path(corpus), target)
    if "--first" in options:
        return
    given = [
        sys.argv[0],
        corpus,
        f"-artifact_prefix={corpus.rstrip('/')}-",
        "-timeout=10",
        "-rss_limit_mb=1024",
    ]
    atheris.Setup([*given, *options], targets[target], custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
