"""What the kinds of channels contradict, or cannot mean."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET

from liveaudit.settings.rules import Found, Known, rule
from liveaudit.settings.shape import Settings


@rule("channels")
def _who_signs_in_has_a_password(settings: Settings, _known: Known) -> Iterator[Found]:
    for number, each in enumerate(settings.channels):
        if each.email is UNSET:
            continue
        if bool(each.email.user) != bool(each.email.password):
            missing = "password" if each.email.user else "user"
            yield (
                ("channels", number, "email", missing),
                "is missing: user and password stand together, or neither does",
            )
        elif each.email.user and each.email.security == "none":
            yield (
                ("channels", number, "email", "security"),
                "none would send the password readable for all: take starttls or tls",
            )


@rule("channels")
def _security_hub_is_entered(settings: Settings, _known: Known) -> Iterator[Found]:
    for number, each in enumerate(settings.channels):
        if each.security_hub is UNSET:
            continue
        here = ("channels", number, "security_hub", "role")
        if not each.security_hub.account and not each.security_hub.role:
            yield (
                here,
                "is missing: who may import findings in each account; or name the account that gets all of them",
            )
        elif each.security_hub.account and each.security_hub.role:
            yield here, "is not used when account is given: take one of the two out"


@rule("channels")
def _an_external_id_is_of_a_role(settings: Settings, _known: Known) -> Iterator[Found]:
    for number, each in enumerate(settings.channels):
        if each.s3 is not UNSET and each.s3.external_id and not each.s3.role:
            yield (
                ("channels", number, "s3", "external_id"),
                "is not used without a role: name the role that is assumed to write, or take it out",
            )


@rule("channels")
def _templates_hold(settings: Settings, known: Known) -> Iterator[Found]:
    for number, each in enumerate(settings.channels):
        for kind in each.kinds:
            for name in ("title", "text"):
                given = getattr(getattr(each, kind), name, "")
                if given and (wrong := known.template(given)):
                    yield ("channels", number, kind, name), f"is no template: {wrong}"
