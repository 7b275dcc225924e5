"""Mutations of JSON as JSON, so that more than the parser is reached; mostly of one value, sometimes of bytes."""

from __future__ import annotations

import json
import random
from typing import Any

from tests.support.hostile import HOSTILE, envelope, odd, seeds

_SEEDS = list(seeds())
_ODD = list(odd())
_KEYS = sorted(
    {key for each in (*_SEEDS, *(each["detail"] for each in _ODD)) for key in each}
    | {key for each in _SEEDS for key in each["requestParameters"]}
    | {
        "detail",
        "detail-type",
        "account",
        "region",
        "time",
        "source",
        "ARN",
        "items",
        "content",
        "Records",
        "nonce",
    }
)


def mutated(data: bytes, rng: random.Random) -> bytes | None:
    """``data`` with some values changed, put in, taken out or moved; None when it is no JSON."""
    try:
        given = json.loads(data)
    except (ValueError, RecursionError):
        return None
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        given = _once(given, rng)
    try:
        return json.dumps(given).encode()
    except RecursionError:
        return None


def _once(given: Any, rng: random.Random) -> Any:
    if not isinstance(given, dict | list) or not given or rng.random() < 0.05:
        made = rng.choice(_ODD) if rng.random() < 0.2 else envelope(rng.choice(_SEEDS))
        return json.loads(json.dumps(made if rng.random() < 0.7 else made["detail"]))
    places = _places(_inner(given) if rng.random() < 0.7 else given) or _places(given)
    holder, key = rng.choice(places)
    what = rng.randrange(9)
    if what <= 2:
        holder[key] = _value(rng)
    elif what == 3:
        del holder[key]
    elif what == 4 and isinstance(holder, dict):
        holder[rng.choice(_KEYS)] = _value(rng)
    elif what == 5:
        other, there = rng.choice(places)
        holder[key] = json.loads(json.dumps(other[there])) if there in _keys(other) else _value(rng)
    elif what == 6 and isinstance(holder[key], str) and holder[key]:
        holder[key] = _text(holder[key], rng)
    elif what == 7:
        seed = rng.choice(_SEEDS)
        part = rng.choice(("requestParameters", "responseElements", "resources", "eventName", "eventSource"))
        holder[part if isinstance(holder, dict) else key] = seed.get(part)
    else:
        holder[key] = [holder[key]] * rng.choice((1, 2, 30))
    return given


def _inner(given: Any) -> Any:
    """What the caller of a record's operation has had a hand in: where changes break no frame."""
    record = given.get("detail", given) if isinstance(given, dict) else given
    if not isinstance(record, dict):
        return given
    inner = {
        key: record[key] for key in ("requestParameters", "responseElements", "resources") if record.get(key)
    }
    return [each for each in inner.values() if isinstance(each, dict | list)] or given


def _keys(node: Any) -> Any:
    return node.keys() if isinstance(node, dict) else range(len(node))


def _places(given: Any) -> list[tuple[Any, Any]]:
    """Every (holder, key) in a document, as far as that is worth looking at."""
    found: list[tuple[Any, Any]] = []
    waiting = [given]
    while waiting and len(found) < 2000:
        node = waiting.pop()
        if isinstance(node, dict | list):
            for key in list(_keys(node)):
                found.append((node, key))
                waiting.append(node[key])
    return found


def _value(rng: random.Random) -> Any:
    if rng.random() < 0.8:
        return json.loads(json.dumps(rng.choice(HOSTILE)))
    seed = rng.choice(_SEEDS)
    return seed[rng.choice(sorted(seed))]


def _text(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text))
    piece = rng.choice(
        ("", text, "\0", "\u00e9", "\ud83d", ":", "/", "arn:", "-", "1", text.upper(), "x" * 64)
    )
    return text[:at] + piece + text[at + rng.randrange(3) :]
