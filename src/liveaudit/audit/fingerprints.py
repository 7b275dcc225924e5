"""A short name for a policy as it is: another when it may judge otherwise, the same after every restart.

It stands for the policy's severity, sections and source, for the source of every module of ours that its own imports
for judging, and, if the policy asks whose account something is, for what it is told. Titles count with the source. A
policy that names a version of its own stands for that in the place of sources.
"""

from __future__ import annotations

import ast
import importlib.util
import inspect
from functools import lru_cache

from liveaudit import __version__
from liveaudit.policies.policy import Context, Policy
from liveaudit.store import codec

_FOLLOWED = ("liveaudit.services.", "liveaudit.policies.", "liveaudit.model")
"""What of ours takes part in judging."""


def fingerprint(policy: Policy, context: Context) -> str:
    """The policy's name in this context."""
    told = []
    if "context" in policy.parameters:
        told = [sorted(context.own_accounts), sorted(context.trusted_accounts)]
    return codec.digest(
        codec.dump(
            [
                policy.id,
                policy.type,
                policy.severity.value,
                policy.ids,
                list(policy.parameters),
                told,
                policy.version or _sources(policy),
            ]
        )
    )


def _sources(policy: Policy) -> list[str]:
    module = inspect.unwrap(policy.judge).__module__
    return [_digest(each) for each in sorted(_closure(module))]


@lru_cache
def _source(module: str) -> str | None:
    """The source of a module, None where there is none: a name that is no module, or one without source."""
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return None
    loader = spec.loader if spec is not None else None
    get_source = getattr(loader, "get_source", None)
    source = get_source(module) if get_source is not None else None
    return source if isinstance(source, str) else None


@lru_cache
def _digest(module: str) -> str:
    source = _source(module)
    # without its source it is not seen to change but with the version
    return codec.digest(f"{module}:{__version__ if source is None else source}")


@lru_cache
def _imports(module: str) -> frozenset[str]:
    """The modules of ours that a module imports for judging."""
    source = _source(module)
    if source is None:
        return frozenset()
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(each for each in names if each.startswith(_FOLLOWED) and _source(each) is not None)


@lru_cache
def _closure(module: str) -> frozenset[str]:
    found, open_ends = {module}, [module]
    while open_ends:
        new = _imports(open_ends.pop()) - found
        found |= new
        open_ends += new
    return frozenset(found)
