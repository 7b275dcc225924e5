"""The table of EC2: launch templates."""

from __future__ import annotations

from liveaudit.policies.kept import keeping, leaves
from liveaudit.services.ec2 import shapes
from liveaudit.services.ec2.service import TAGS, answered, asked, service, with_tags

launch_template = service.resource_type(
    "AWS::EC2::LaunchTemplate",
    arn="arn:{partition}:ec2:{region}:{account}:launch-template/{id}",
    gone=["InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateId.Malformed"],
    id_pattern=r"lt-\w+",
)
launch_template.section(
    "template",
    "DescribeLaunchTemplates",
    {"LaunchTemplateIds": ["{id}"]},
    items="LaunchTemplates",
    item_id="LaunchTemplateId",
    shape=keeping(
        leaves("LaunchTemplateId", "LaunchTemplateName", "DefaultVersionNumber", "LatestVersionNumber")
    ),
    root=True,
)
launch_template.section(
    "versions",
    "DescribeLaunchTemplateVersions",
    {"LaunchTemplateId": "{id}"},
    value="LaunchTemplateVersions",
    shape=shapes.versions,
)
launch_template.listing(
    "DescribeLaunchTemplates",
    items="LaunchTemplates",
    item_id="LaunchTemplateId",
    provides={"template": "@", "tags": TAGS},
)
with_tags(launch_template)


def _named(operation: str, where: str) -> list[str]:
    """The answer tells the id also where the call named the template by its name."""
    return [*answered(operation, f"{where}.launchTemplateId"), *asked(operation, "LaunchTemplateId")]


_ITSELF = "launchTemplate"
launch_template.created_by("CreateLaunchTemplate", named_by=_named("CreateLaunchTemplate", _ITSELF))
launch_template.deleted_by("DeleteLaunchTemplate", named_by=_named("DeleteLaunchTemplate", _ITSELF))
for _event, _where in (
    ("ModifyLaunchTemplate", _ITSELF),
    ("CreateLaunchTemplateVersion", "launchTemplateVersion"),
    ("DeleteLaunchTemplateVersions", "successfullyDeletedLaunchTemplateVersionSet.item[]"),
):
    launch_template.event(_event, "template", "versions", named_by=_named(_event, _where))
