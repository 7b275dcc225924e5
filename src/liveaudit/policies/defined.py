"""Judges that a file defines: they are told by their definition, where others are told by their code."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class Defined(Protocol):
    """``judged``: how it judges, in words; ``definition``: as its file has it."""

    judged: str
    definition: str
