"""The users' functions that decide policies: an account's audit role may invoke those that are there, and no others.

Source: Service Authorization Reference, AWS Lambda: ``lambda:InvokeFunction`` is on the function's ARN, with the alias or version if
the call names one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from liveaudit.custom.functions import asked_functions
from liveaudit.policies.policy import PolicyRegistry
from liveaudit.provision import names
from liveaudit.provision.documents.model import ManagedPolicy, Statement
from liveaudit.provision.installation import Installation

_TOGETHER = 20
"""Functions in one policy: their ARNs may have 200 characters each."""


def functions_of(installation: Installation, policies: PolicyRegistry) -> tuple[str, ...]:
    """The ARNs of the functions that the enabled policies ask."""
    services = installation.services
    return asked_functions(each for each in policies.all() if not services or each.service in services)


def function_policies(functions: Iterable[str], accounts: Collection[str]) -> tuple[ManagedPolicy, ...]:
    """What the audit role of these accounts needs to ask the functions that are there; nothing where there are none."""
    there = [each for each in functions if account_of(each) in accounts]
    return tuple(_policies(there))


def account_of(function: str) -> str:
    """The account that a function is in."""
    return function.split(":")[4]


def strangers(installation: Installation, functions: Iterable[str]) -> Iterator[str]:
    """What else is to be done, for functions in accounts that are not enrolled."""
    known = {each.id for each in installation.accounts}
    for each in functions:
        if account_of(each) not in known:
            yield (
                f"{each} is in an account that is not enrolled: enrol it, or have its owner make a role {names.AUDIT_ROLE} that "
                "who runs liveaudit may assume and that may lambda:InvokeFunction on it."
            )


def _policies(functions: list[str]) -> Iterator[ManagedPolicy]:
    for number, begin in enumerate(range(0, len(functions), _TOGETHER), 1):
        yield ManagedPolicy(
            names.FUNCTIONS_POLICY if number == 1 else f"{names.FUNCTIONS_POLICY}-{number}",
            (
                Statement(
                    "Ask",
                    ("lambda:InvokeFunction",),
                    tuple(functions[begin : begin + _TOGETHER]),
                    "Lambda policies: these functions decide policies of your own, and are asked for verdicts.",
                ),
            ),
            "The functions that decide policies of your own.",
        )
