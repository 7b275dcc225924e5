"""The parameters of users' policies, made from what a file says of them."""

from __future__ import annotations

import re
from dataclasses import replace

from liveaudit.custom.common import PolicyMistakeError
from liveaudit.custom.shape import ParameterSpec
from liveaudit.policies.parameters import Kind, Parameter, ParameterError

_NAME = re.compile("[a-z][a-z0-9_]{0,63}")
_RESERVED = frozenset({"resource", "now", "context"})


def parameter(name: str, spec: ParameterSpec) -> Parameter:
    """A parameter. Raises PolicyMistakeError."""
    path = ("parameters", name)
    if not _NAME.fullmatch(name) or name in _RESERVED:
        raise PolicyMistakeError(path, "is no name of a parameter: 1 to 64 of a-z, 0-9 and _, a letter first")
    made = Parameter(name, _kind(spec), (), spec.title, spec.least, spec.most)
    try:
        return replace(made, default=made.checked(spec.default))
    except ParameterError as error:
        raise PolicyMistakeError((*path, "default"), str(error)) from error


def _kind(spec: ParameterSpec) -> Kind:
    if isinstance(spec.default, int):
        return Kind.NUMBER
    numbers = bool(spec.default) and all(isinstance(each, int) for each in spec.default)
    return Kind.NUMBERS if numbers else Kind.TEXTS
