"""Rules of AWS Config that are deployed as functions: invoked in RDK's test mode, in which they return what they would put.

Source: RDK's and rdklib's own code: with the result token ``TESTMODE`` PutEvaluations is called with ``TestMode``, by which AWS
Config keeps nothing, and the handler returns the evaluations.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence

import msgspec

from liveaudit.audit.asked.config_fields import unread_fields
from liveaudit.audit.asked.config_telling import Telling, nothing_put
from liveaudit.audit.asked.invoking import Function, InvocationError, Invoke
from liveaudit.model import Resource, Verdict, unknown
from liveaudit.policies.asking import Question, unanswered
from liveaudit.policies.config_items.events import change_event

TOKEN = "TESTMODE"  # noqa: S105 - no secret
_AT_ONCE = 2


async def ask_deployed(
    telling: Telling, questions: Sequence[Question], invoke: Invoke
) -> Mapping[Resource, Verdict]:
    """A verdict on each of the resources, each with an invocation of its own."""
    fields = _unread(telling)
    if fields:
        reason = f"the function looks at {', '.join(fields)[:200]} of the item, which liveaudit does not read"
        return {each.resource: unknown(reason) for each in questions}
    room = asyncio.Semaphore(_AT_ONCE)

    async def one(question: Question) -> Verdict:
        async with room:
            return await _asked(telling, question, invoke)

    found = await asyncio.gather(*map(one, questions))
    return {each.resource: verdict for each, verdict in zip(questions, found, strict=True)}


def _unread(telling: Telling) -> list[str]:
    """Those of the fields that it looks at that are not read, or stand below one that is not."""
    unread = unread_fields(telling.catalog, telling.policy.type)
    return [
        each
        for each in telling.options.fields
        if any(each == path or each.startswith(f"{path}.") for path in unread)
    ]


async def _asked(telling: Telling, question: Question, invoke: Invoke) -> Verdict:
    event = change_event(telling.call(question, TOKEN), telling.item(question))
    function = Function(telling.options.deployed)
    try:
        answer = await invoke(function, json.dumps(event).encode(), timeout=telling.options.timeout)
        returned = msgspec.json.decode(answer)
    except InvocationError as error:
        return unanswered(str(error))
    except (msgspec.MsgspecError, RecursionError):
        return unanswered("the function returned what is no JSON")
    if not isinstance(returned, list) or not all(isinstance(each, dict) for each in returned):
        if isinstance(returned, dict):
            return unanswered(nothing_put(returned))
        return unanswered(
            "the function returned no evaluations: rules made with RDK return them in test mode; run another kind from its file"
        )
    return telling.verdict(question, returned)
