"""What the forms of policies, exemptions and routes send: a field of many values has one a line."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from liveaudit.audit.entries import read_parameter
from liveaudit.policies.rulebook import Exemption, Setting
from liveaudit.policies.scope import Scope
from liveaudit.text import iso

_Lines = Annotated[str, Field(max_length=100_000)]
_Word = Annotated[str, Field(max_length=40)]


def lines(text: str) -> list[str]:
    """The lines that are not empty, without blanks around them."""
    return [each.strip() for each in text.splitlines() if each.strip()]


class ScopeForm(BaseModel):
    """The fields of a scope."""

    policies: _Lines = ""
    services: _Lines = ""
    severities: list[_Word] = []
    frameworks: list[Annotated[str, Field(max_length=100)]] = []
    accounts: _Lines = ""
    regions: _Lines = ""
    resources: _Lines = ""
    tags: _Lines = ""

    def scope(self) -> dict[str, Any]:
        """As the settings file would say it."""
        texts = ("policies", "services", "accounts", "regions", "resources", "tags")
        found: dict[str, Any] = {name: lines(getattr(self, name)) for name in texts}
        return {**found, "severities": self.severities, "frameworks": self.frameworks}


class SettingForm(ScopeForm):
    """How policies are to be set."""

    state: _Word = ""
    severity: _Word = ""
    parameters: _Lines = ""
    reason: Annotated[str, Field(max_length=4000)] = ""

    def plain(self) -> dict[str, Any]:
        """As the settings file would say it. Raises EntryError."""
        values = dict(read_parameter(each) for each in lines(self.parameters))
        said = {"state": self.state, "severity": self.severity, "reason": self.reason.strip()}
        return {**self.scope(), **said, "parameters": values}


class RouteForm(ScopeForm):
    """A route; a field of many values has one a line."""

    name: Annotated[str, Field(max_length=200)] = ""
    owners: _Lines = ""
    environments: _Lines = ""
    tell: list[Annotated[str, Field(max_length=63)]] = []
    moves: list[_Word] = []
    digest: _Word = ""
    wait: _Word = ""
    overdue_tell: list[Annotated[str, Field(max_length=63)]] = []
    overdue_again: _Word = ""
    stop: bool = False

    def plain(self) -> dict[str, Any]:
        """As the settings file would say it."""
        again = self.overdue_again.strip()
        overdue = {"tell": self.overdue_tell, **({"again": again} if again else {})}
        return {
            **self.scope(),
            "moves": self.moves,
            "overdue": overdue if self.overdue_tell or again else None,
            "name": self.name.strip(),
            "owners": lines(self.owners),
            "environments": lines(self.environments),
            "tell": self.tell,
            "digest": self.digest.strip(),
            "wait": self.wait.strip(),
            "stop": self.stop,
        }


class ExemptionForm(ScopeForm):
    """Findings that are to be accepted. What is excluded has a scope of its own."""

    reason: Annotated[str, Field(max_length=4000)] = ""
    owner: Annotated[str, Field(max_length=400)] = ""
    approver: Annotated[str, Field(max_length=400)] = ""
    ends: _Word = ""
    excluding_accounts: _Lines = ""
    excluding_regions: _Lines = ""
    excluding_resources: _Lines = ""
    excluding_tags: _Lines = ""

    def plain(self) -> dict[str, Any]:
        """As the settings file would say it."""
        without = {
            name: found
            for name in ("accounts", "regions", "resources", "tags")
            if (found := lines(getattr(self, f"excluding_{name}")))
        }
        told = {name: getattr(self, name).strip() for name in ("reason", "owner", "approver", "ends")}
        return {**self.scope(), **told, "excluding": [without] if without else []}


def scope_fields(scope: Scope) -> dict[str, Any]:
    """A scope as its form shows it."""
    texts = ("policies", "services", "accounts", "regions", "resources", "tags")
    shown: dict[str, Any] = {name: "\n".join(getattr(scope, name)) for name in texts}
    return {**shown, "severities": list(scope.severities), "frameworks": list(scope.frameworks)}


def setting_fields(setting: Setting) -> SettingForm:
    """A setting as its form shows it."""
    values = {
        name: ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in setting.parameters.items()
    }
    return SettingForm(
        **scope_fields(setting.scope),
        state=setting.state or "",
        severity=setting.severity or "",
        parameters="\n".join(f"{name}={value}" for name, value in values.items()),
        reason=setting.reason,
    )


def fits_form(exemption: Exemption) -> bool:
    """Whether the form can show all of an exemption: what it could not would be lost by saving it."""
    excluded = exemption.excluding
    chosen = any(each.policies or each.services or each.severities or each.frameworks for each in excluded)
    return len(excluded) <= 1 and not chosen


def exemption_fields(exemption: Exemption) -> ExemptionForm:
    """An exemption as its form shows it."""
    without = exemption.excluding[0] if exemption.excluding else Scope()
    ends = iso(exemption.ends_at) or ""
    excluded: dict[str, Any] = {
        f"excluding_{name}": "\n".join(getattr(without, name))
        for name in ("accounts", "regions", "resources", "tags")
    }
    return ExemptionForm(
        **scope_fields(exemption.scope),
        reason=exemption.reason,
        owner=exemption.owner,
        approver=exemption.approver,
        ends=f"{ends[:19]}Z" if ends else "",
        **excluded,
    )
