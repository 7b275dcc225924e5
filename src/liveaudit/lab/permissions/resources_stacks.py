"""The resources of calls to CloudFormation. Pure.

Sources: AWS Service Authorization Reference, "Resource types defined by AWS CloudFormation"; CloudFormation User
Guide, "Restrict stack set operations based on Region and resource types": where a stack set goes and which types
its template has is asked too. AWS tells that of service-managed stack sets; the lab asks it of all.
"""

from __future__ import annotations

import re

from liveaudit.lab.permissions.facts import Facts, Places

Found = tuple[str, ...]
_TYPE = re.compile(r"""["']?Type["']?\s*:\s*["']?(\w+::\w+::\w+)["']?\s*(?=[,}\n])""")
_WITH_TARGETS = {"CreateStackInstances", "UpdateStackInstances", "DeleteStackInstances", "UpdateStackSet"}


def cloudformation(facts: Facts, places: Places, action: str) -> Found:
    """The stack, or the stack set with the accounts and units it goes to."""
    operation = action.partition(":")[2]
    if operation in _WITH_TARGETS or facts.text("StackSetName"):
        return _stack_set(facts, places, operation)
    name = facts.text("StackName", "StackId")
    if not name and operation in ("GetTemplateSummary", "DescribeStackResources"):
        return ("*",)
    if not name:
        return (facts.arn("cloudformation", "stack/*/*"),)
    return (name if name.startswith("arn:") else places.stack_arn(facts.account, facts.region, name),)


def administrator(facts: Facts, places: Places) -> str:
    """Whose stack sets these are: a delegated administrator works on the management account's."""
    if facts.text("CallAs") == "DELEGATED_ADMIN" and (known := places.organization(facts.account)):
        return known.management_account
    return facts.account


def targets(facts: Facts) -> Found:
    """The accounts and organizational units that a stack set operation names."""
    wanted = facts.params.get("DeploymentTargets") or {}
    named = [
        *(facts.params.get("Accounts") or []),
        *(wanted.get("Accounts") or []),
        *(wanted.get("OrganizationalUnitIds") or []),
    ]
    return tuple(dict.fromkeys(str(one) for one in named))


def _stack_set(facts: Facts, places: Places, operation: str) -> Found:
    owner = administrator(facts, places)
    name = facts.text("StackSetName").rpartition("stackset/")[2]
    if not name:
        return ()
    identity = places.stack_set_id(owner, facts.region, name)
    found = [facts.arn("cloudformation", f"stackset/{identity}", account=owner)]
    if operation in _WITH_TARGETS:
        found += [
            facts.arn("cloudformation", f"stackset-target/{identity}/{target}", account=owner)
            for target in targets(facts)
        ]
        template = facts.text("TemplateBody") or places.stack_set_template(owner, facts.region, name)
        found += [
            facts.arn("cloudformation", f"type/resource/{each.replace('::', '-')}", account="")
            for each in dict.fromkeys(_TYPE.findall(template))
        ]
    return tuple(found)
