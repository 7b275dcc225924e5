"""What the calls for stacks and stack sets share in their parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liveaudit.lab.answers import CallRefused
from liveaudit.lab.stacks.intrinsics import TemplateError
from liveaudit.lab.stacks.rollout import Preferences
from liveaudit.lab.stacks.sets import StackSet
from liveaudit.lab.stacks.template import Template

Params = Mapping[str, Any]


def acknowledged(template: Template, params: Params) -> None:
    """Raise CallRefused unless the capabilities that the template needs are acknowledged."""
    needed = template.capability()
    given = set(params.get("Capabilities") or ())
    if needed and not given & {needed, "CAPABILITY_NAMED_IAM"}:
        raise CallRefused("InsufficientCapabilitiesException", f"Requires capabilities : [{needed}]")


def parameters_of(params: Params, before: Mapping[str, str]) -> dict[str, str]:
    """The values in ``Parameters``, with those of ``before`` where the call keeps them; ``before`` when it has none."""
    if "Parameters" not in params:
        return dict(before)
    return {
        one["ParameterKey"]: (
            before.get(one["ParameterKey"], "")
            if one.get("UsePreviousValue")
            else str(one.get("ParameterValue", ""))
        )
        for one in params["Parameters"]
    }


def overrides_of(stack_set: StackSet, params: Params) -> dict[str, str]:
    """The values in ``ParameterOverrides``. Raises TemplateError for one that the template does not have."""
    given = {
        one["ParameterKey"]: str(one.get("ParameterValue", ""))
        for one in params.get("ParameterOverrides") or ()
        if not one.get("UsePreviousValue")
    }
    unknown = sorted(given.keys() - stack_set.template.parameters.keys())
    if unknown:
        raise TemplateError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    return given


def preferences_of(params: Params) -> tuple[Mapping[str, Any], Preferences]:
    """``OperationPreferences`` as given and as understood. Raises TemplateError."""
    given = params.get("OperationPreferences") or {}
    return given, Preferences.parse(given)


def regions_of(params: Params) -> list[str]:
    """``Regions``. Raises CallRefused when there are none."""
    regions = list(params.get("Regions") or ())
    if not regions:
        raise CallRefused("ValidationError", "Regions must be specified")
    return regions
