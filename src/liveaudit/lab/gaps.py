"""Operations that moto does not have, where a test of policies needs them: few, and no more of each than is asked for.

A handler gets moto's backend of the service and the call's parameters, and gives the members of the output.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from liveaudit.lab import internals
from liveaudit.lab.answers import Answer, render
from liveaudit.lab.calls import Call

Handler = Callable[[Any, Mapping[str, Any]], dict[str, Any]]


def answer(call: Call) -> Answer | None:
    """The answer to a call that moto cannot answer, None for every other."""
    found = _HANDLERS.get((call.service, call.operation))
    if found is None:
        return None
    backends, handler = found
    where, _, name = backends.partition(":")
    backend = getattr(internals.module(where), name)[call.account][call.region]
    return render(call, handler(backend, call.params()))


def _function_urls(backend: Any, params: Mapping[str, Any]) -> dict[str, Any]:
    function = backend.get_function(params["FunctionName"])
    return {"FunctionUrlConfigs": [function.url_config.to_dict()] if function.url_config else []}


_LAMBDA = "awslambda.models:lambda_backends"
_HANDLERS: dict[tuple[str, str], tuple[str, Handler]] = {
    ("lambda", "ListFunctionUrlConfigs"): (_LAMBDA, _function_urls),
}
