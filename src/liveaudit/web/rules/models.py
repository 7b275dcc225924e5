"""What the API says of settings of policies and of exemptions, and takes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from liveaudit.policies.rulebook import Exemption, Setting
from liveaudit.store.exempted import Use
from liveaudit.store.rules import plain_exemption

_Text = Annotated[str, Field(max_length=2048)]
_Texts = Annotated[list[_Text], Field(max_length=500)]
StateName = Literal["enabled", "staged", "disabled"]
SeverityName = Literal["critical", "high", "medium", "low", "informational"]


class ScopeModel(BaseModel):
    """Which policies on which resources; every field that is given narrows down."""

    model_config = ConfigDict(extra="forbid")

    policies: _Texts = Field(
        default=[], description="Ids; `*` stands for any text.", examples=[["s3_bucket_*"]]
    )
    services: _Texts = Field(default=[], examples=[["s3"]])
    severities: list[SeverityName] = Field(default=[], description="As the policies are by themselves.")
    frameworks: _Texts = Field(default=[], examples=[["CIS 7.0"]])
    accounts: _Texts = Field(default=[], examples=[["111111111111"]])
    regions: _Texts = Field(default=[], description="`global`: what belongs to an account as a whole.")
    resources: _Texts = Field(default=[], description="Patterns on the ARN or id; `*` stands for any text.")
    tags: _Texts = Field(default=[], description="`KEY=VALUE` or `KEY`, all of them.", examples=[["env=dev"]])


class SettingGiven(ScopeModel):
    """How policies are to be set: at least one of state, severity and parameters."""

    state: StateName | None = None
    severity: SeverityName | None = None
    parameters: dict[str, int | list[int | str]] = Field(
        default={},
        max_length=50,
        description="By name; the policy tells which it takes.",
        examples=[{"days": 60}],
    )
    reason: str = Field(default="", max_length=2000)

    def plain(self) -> dict[str, Any]:
        """As the settings file would say it."""
        return self.model_dump(exclude_none=True)


class ExemptionGiven(ScopeModel):
    """Findings that are to be accepted."""

    reason: str = Field(max_length=2000, examples=["public on purpose"])
    owner: str = Field(default="", max_length=200)
    approver: str = Field(default="", max_length=200)
    ends: str = Field(
        default="",
        max_length=40,
        description="The last day on which it counts, or a time in UTC; empty: never.",
        examples=["2027-03-31"],
    )
    excluding: list[ScopeModel] = Field(
        default=[], max_length=50, description="Of these findings, not those."
    )

    def plain(self) -> dict[str, Any]:
        """As the settings file would say it."""
        told = self.model_dump(exclude={"excluding"})
        scopes = [each.model_dump() for each in self.excluding]
        told["excluding"] = [{name: values for name, values in each.items() if values} for each in scopes]
        return told


class SettingAnswer(BaseModel):
    """A setting of policies. Of those that say the same of one policy on one resource, the last in the list counts."""

    id: str
    source: str = Field(description="`file`, `console` or `command`.")
    scope: ScopeModel
    state: StateName | None
    severity: SeverityName | None
    parameters: dict[str, Any]
    reason: str
    made_by: str
    made_at: float


class ExemptionAnswer(BaseModel):
    """An exemption, with what it holds."""

    id: str
    state: Literal["in force", "expired", "withdrawn"]
    scope: ScopeModel
    excluding: list[ScopeModel]
    reason: str
    owner: str
    approver: str
    ends_at: float | None = Field(description="When it ends; null: never.")
    source: str = Field(description="`file`, `console`, `command` or `prowler`.")
    made_by: str
    made_at: float
    withdrawn_at: float | None
    withdrawn_by: str
    findings: int = Field(description="How many findings it holds.")
    hidden: int = Field(description="How many of these opened only after it was made.")


def setting_told(setting: Setting) -> SettingAnswer:
    """A setting as the API tells it."""
    return SettingAnswer(
        id=setting.id,
        source=setting.source,
        scope=ScopeModel.model_validate(setting.scope.plain()),
        state=None if setting.state is None else setting.state.value,
        severity=None if setting.severity is None else setting.severity.value,
        parameters=dict(setting.parameters),
        reason=setting.reason,
        made_by=setting.made_by,
        made_at=setting.made_at,
    )


def exemption_told(exemption: Exemption, use: Use, now: float) -> ExemptionAnswer:
    """An exemption as the API tells it."""
    return ExemptionAnswer(**plain_exemption(exemption, now), findings=use.findings, hidden=use.hidden)
