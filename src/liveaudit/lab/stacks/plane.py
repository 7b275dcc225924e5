"""CloudFormation as the lab's application sees it: answers the calls that the lab carries out itself."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Collection, Mapping
from typing import Any

from liveaudit.lab import answers, internals
from liveaudit.lab.accounts import Identity
from liveaudit.lab.answers import Answer, CallRefused
from liveaudit.lab.calls import Call
from liveaudit.lab.delivery import Bus, Envelope
from liveaudit.lab.rights import Permissions
from liveaudit.lab.stacks.actor import Actor, on_behalf
from liveaudit.lab.stacks.intrinsics import TemplateError
from liveaudit.lab.stacks.operations import Operations, Workshop
from liveaudit.lab.stacks.registry import StackRegistry
from liveaudit.lab.stacks.schedule import Schedule
from liveaudit.lab.stacks.set_calls import SetCalls
from liveaudit.lab.stacks.stack_calls import NotOursError, StackCalls

_LISTINGS = ("DescribeStacks", "ListStacks")


class ControlPlane:
    """Stacks and stack sets of all accounts and regions. Everything but ``idle`` and ``stop`` is called under ``lock``.

    ``seconds``: how long a stack takes. ``enabled``: the regions of an account. ``post``: puts an event on a bus.
    """

    def __init__(
        self,
        lock: threading.RLock,
        permissions: Permissions,
        seconds: Callable[[], float],
        enabled: Callable[[str], Collection[str]],
        post: Callable[[Bus, Envelope], None],
    ) -> None:
        self._schedule = Schedule(lock, seconds)
        self._registry = StackRegistry()
        self._permissions = permissions
        self._post = post
        workshop = Workshop(self._schedule, permissions, self._registry, enabled, post)
        self._sets = SetCalls(Operations(workshop))
        self._stacks = StackCalls(workshop)

    @property
    def failures(self) -> list[str]:
        """Errors of the lab itself while carrying out operations."""
        return self._schedule.failures

    def answer(self, call: Call, ask_moto: Callable[[], Answer]) -> Answer | None:
        """The answer to ``call``, None when it is for moto. ``ask_moto`` gives moto's."""
        if call.service != "cloudformation":
            return None
        handler = self._sets.handlers.get(call.operation) or self._stacks.handlers.get(call.operation)
        if handler is None and call.operation not in _LISTINGS:
            return None
        caller = self._caller(call)
        params = call.params()
        try:
            if handler is None or (call.operation in _LISTINGS and not params.get("StackName")):
                return self._list(call, caller, params, ask_moto)
            return answers.render(call, handler(caller, params))
        except TemplateError as error:
            return answers.refuse(call, CallRefused("ValidationError", str(error)))
        except CallRefused as refused:
            return answers.refuse(call, refused)
        except NotOursError:
            if call.operation in ("CreateStack", "UpdateStack") or _moto_has_stacks():
                return None
            if call.operation == "DeleteStack":
                return answers.render(call, {})
            name = params.get("StackName", "")
            return answers.refuse(
                call, CallRefused("ValidationError", f"Stack with id {name} does not exist")
            )

    def memberships_changed(self) -> None:
        """An organisation's accounts are others now, or elsewhere."""
        self._sets.memberships_changed()

    def stack_arn(self, account: str, region: str, name: str) -> str:
        """The ARN of a stack, empty when there is none of this name."""
        if own := self._registry.find((account, region), name):
            return own.id
        if not _moto_has_stacks():
            return ""
        backend = internals.module("cloudformation.models").cloudformation_backends[account][region]
        return next((str(one.stack_id) for one in list(backend.stacks.values()) if one.name == name), "")

    def stack_set(self, owner: str, region: str, name: str) -> tuple[str, str] | None:
        """The id and the template of a stack set, None when there is none of this name, id or ARN."""
        found = self._sets.find(owner, region, name)
        return None if found is None else (found.id, found.template.body)

    def idle(self, timeout: float) -> bool:
        """Wait until no operation is under way. False when ``timeout`` seconds were not enough."""
        return self._schedule.idle(timeout)

    def reset(self) -> None:
        """Forget everything, and drop what is under way."""
        self._schedule.reset()
        self._registry.clear()
        self._sets.clear()

    def stop(self) -> None:
        """End the thread."""
        self._schedule.stop()

    def _list(
        self, call: Call, caller: Actor, params: Mapping[str, Any], ask_moto: Callable[[], Answer]
    ) -> Answer:
        key, own = self._stacks.listed(caller, call.operation, params)
        others: list[Any] = []
        if _moto_has_stacks():
            status, headers, content = ask_moto()
            decoded = call.answer(status, dict(headers), content)
            if status >= 300 or not own:
                return status, headers, content
            others = decoded.get(key, [])
        return answers.render(call, answers.page([*own, *others], params, key))

    def _caller(self, call: Call) -> Actor:
        return Actor(
            call.account,
            call.region,
            on_behalf(call.identity),
            principal_of(call.identity),
            self._permissions,
            self._post,
        )


def principal_of(identity: Identity) -> str:
    """The ARN whose policies count for a caller: a session's role; empty for the lab's own key."""
    return "" if identity.is_owner else identity.role_arn or identity.arn


def _moto_has_stacks() -> bool:
    """Whether moto's CloudFormation was needed yet; importing it only to hear that it has none takes seconds."""
    return "moto.cloudformation.models" in sys.modules
