"""The table of privilege escalation paths, and what kind of thing each action works on.

Put together from public research on AWS privilege escalation (Rhino Security Labs' list and its later additions) and
from what each API does. A role that trusts a principal of its own account by name needs no permission of that
principal, so iam:UpdateAssumeRolePolicy is a path by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PASS_ROLE: Final = "iam:PassRole"  # noqa: S105 - an action


@dataclass(frozen=True, slots=True)
class Path:
    """One way up: all ``actions`` are needed. ``service``: to which the role is passed, if one is."""

    name: str
    actions: tuple[str, ...]
    service: str = ""


def _alone(*actions: str) -> tuple[Path, ...]:
    return tuple(Path(action.removeprefix("iam:"), (action,)) for action in actions)


def _passing(name: str, service: str, *actions: str) -> Path:
    return Path(f"PassRole+{name}", (PASS_ROLE, *actions), service)


PATHS: Final[tuple[Path, ...]] = (
    *_alone(
        "iam:CreatePolicyVersion",
        "iam:SetDefaultPolicyVersion",
        "iam:CreateAccessKey",
        "iam:CreateLoginProfile",
        "iam:UpdateLoginProfile",
        "iam:AttachUserPolicy",
        "iam:AttachGroupPolicy",
        "iam:PutUserPolicy",
        "iam:PutGroupPolicy",
        "iam:AddUserToGroup",
        "iam:DeleteRolePermissionsBoundary",
        "iam:DeleteUserPermissionsBoundary",
    ),
    *_alone("iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"),
    Path("UpdateAssumeRolePolicy+AssumeRole", ("iam:UpdateAssumeRolePolicy", "sts:AssumeRole")),
    _passing("ec2:RunInstances", "ec2.amazonaws.com", "ec2:RunInstances"),
    _passing("ec2:RequestSpotInstances", "ec2.amazonaws.com", "ec2:RequestSpotInstances"),
    _passing("ec2:AssociateIamInstanceProfile", "ec2.amazonaws.com", "ec2:AssociateIamInstanceProfile"),
    _passing(
        "ec2:ReplaceIamInstanceProfileAssociation",
        "ec2.amazonaws.com",
        "ec2:ReplaceIamInstanceProfileAssociation",
    ),
    _passing(
        "autoscaling:CreateAutoScalingGroup",
        "ec2.amazonaws.com",
        "autoscaling:CreateLaunchConfiguration",
        "autoscaling:CreateAutoScalingGroup",
    ),
    _passing(
        "lambda:CreateFunction+InvokeFunction",
        "lambda.amazonaws.com",
        "lambda:CreateFunction",
        "lambda:InvokeFunction",
    ),
    _passing(
        "lambda:CreateFunction+AddPermission",
        "lambda.amazonaws.com",
        "lambda:CreateFunction",
        "lambda:AddPermission",
    ),
    _passing(
        "lambda:CreateFunction+CreateEventSourceMapping",
        "lambda.amazonaws.com",
        "lambda:CreateFunction",
        "lambda:CreateEventSourceMapping",
    ),
    _passing(
        "lambda:CreateFunction+CreateFunctionUrlConfig",
        "lambda.amazonaws.com",
        "lambda:CreateFunction",
        "lambda:CreateFunctionUrlConfig",
    ),
    *_alone("lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"),
    _passing("glue:CreateDevEndpoint", "glue.amazonaws.com", "glue:CreateDevEndpoint"),
    _passing("glue:CreateJob+StartJobRun", "glue.amazonaws.com", "glue:CreateJob", "glue:StartJobRun"),
    _passing("glue:CreateJob+CreateTrigger", "glue.amazonaws.com", "glue:CreateJob", "glue:CreateTrigger"),
    _passing("glue:UpdateJob+StartJobRun", "glue.amazonaws.com", "glue:UpdateJob", "glue:StartJobRun"),
    _passing(
        "glue:CreateSession+RunStatement", "glue.amazonaws.com", "glue:CreateSession", "glue:RunStatement"
    ),
    *_alone("glue:UpdateDevEndpoint"),
    _passing("cloudformation:CreateStack", "cloudformation.amazonaws.com", "cloudformation:CreateStack"),
    _passing("cloudformation:UpdateStack", "cloudformation.amazonaws.com", "cloudformation:UpdateStack"),
    _passing(
        "cloudformation:CreateStackSet",
        "cloudformation.amazonaws.com",
        "cloudformation:CreateStackSet",
        "cloudformation:CreateStackInstances",
    ),
    _passing(
        "datapipeline",
        "datapipeline.amazonaws.com",
        "datapipeline:CreatePipeline",
        "datapipeline:PutPipelineDefinition",
        "datapipeline:ActivatePipeline",
    ),
    _passing(
        "codebuild:CreateProject",
        "codebuild.amazonaws.com",
        "codebuild:CreateProject",
        "codebuild:StartBuild",
    ),
    _passing(
        "codebuild:UpdateProject",
        "codebuild.amazonaws.com",
        "codebuild:UpdateProject",
        "codebuild:StartBuild",
    ),
    _passing("codepipeline:CreatePipeline", "codepipeline.amazonaws.com", "codepipeline:CreatePipeline"),
    _passing("codestar:CreateProject", "codestar.amazonaws.com", "codestar:CreateProject"),
    Path(
        "codestar:CreateProject+AssociateTeamMember",
        ("codestar:CreateProject", "codestar:AssociateTeamMember"),
    ),
    *_alone("codestar:CreateProjectFromTemplate"),
    _passing(
        "sagemaker:CreateNotebookInstance",
        "sagemaker.amazonaws.com",
        "sagemaker:CreateNotebookInstance",
        "sagemaker:CreatePresignedNotebookInstanceUrl",
    ),
    _passing("sagemaker:CreateTrainingJob", "sagemaker.amazonaws.com", "sagemaker:CreateTrainingJob"),
    _passing("sagemaker:CreateProcessingJob", "sagemaker.amazonaws.com", "sagemaker:CreateProcessingJob"),
    *_alone("sagemaker:CreatePresignedNotebookInstanceUrl"),
    Path(
        "sagemaker:NotebookLifecycleConfig",
        (
            "sagemaker:CreateNotebookInstanceLifecycleConfig",
            "sagemaker:StopNotebookInstance",
            "sagemaker:UpdateNotebookInstance",
            "sagemaker:StartNotebookInstance",
        ),
    ),
    _passing("ecs:RunTask", "ecs-tasks.amazonaws.com", "ecs:RegisterTaskDefinition", "ecs:RunTask"),
    _passing("ecs:StartTask", "ecs-tasks.amazonaws.com", "ecs:RegisterTaskDefinition", "ecs:StartTask"),
    _passing(
        "ecs:CreateService", "ecs-tasks.amazonaws.com", "ecs:RegisterTaskDefinition", "ecs:CreateService"
    ),
    *_alone("ecs:ExecuteCommand"),
    _passing("apprunner:CreateService", "tasks.apprunner.amazonaws.com", "apprunner:CreateService"),
    _passing("batch:SubmitJob", "ecs-tasks.amazonaws.com", "batch:RegisterJobDefinition", "batch:SubmitJob"),
    _passing("emr:RunJobFlow", "ec2.amazonaws.com", "elasticmapreduce:RunJobFlow"),
    _passing("emr-serverless:StartJobRun", "emr-serverless.amazonaws.com", "emr-serverless:StartJobRun"),
    _passing(
        "states:CreateStateMachine",
        "states.amazonaws.com",
        "states:CreateStateMachine",
        "states:StartExecution",
    ),
    _passing("scheduler:CreateSchedule", "scheduler.amazonaws.com", "scheduler:CreateSchedule"),
    _passing("ssm:StartAutomationExecution", "ssm.amazonaws.com", "ssm:StartAutomationExecution"),
    _passing(
        "bedrock-agentcore:CreateCodeInterpreter",
        "bedrock-agentcore.amazonaws.com",
        "bedrock-agentcore:CreateCodeInterpreter",
        "bedrock-agentcore:InvokeCodeInterpreter",
    ),
    *_alone("ssm:SendCommand", "ssm:StartSession", "ec2-instance-connect:SendSSHPublicKey"),
    Path(
        "ec2:ModifyInstanceAttribute",
        ("ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances"),
    ),
)

NEW: Final = frozenset(
    action.lower()
    for path in PATHS
    for action in path.actions
    if action.split(":", 1)[1].startswith(
        (
            "Create",
            "RunInstances",
            "RequestSpot",
            "RunTask",
            "RunJobFlow",
            "RunStatement",
            "Register",
            "Submit",
        )
    )
    and not action.startswith("iam:")
    and "Presigned" not in action
) | {
    # The second half of a path whose first half made the thing that it works on.
    "lambda:invokefunction",
    "lambda:addpermission",
    "glue:startjobrun",
    "codebuild:startbuild",
    "datapipeline:putpipelinedefinition",
    "datapipeline:activatepipeline",
    "states:startexecution",
    "codestar:associateteammember",
    "ecs:starttask",
    "emr-serverless:startjobrun",
    "ssm:startautomationexecution",
    "bedrock-agentcore:invokecodeinterpreter",
    "ec2:associateiaminstanceprofile",
    "ec2:replaceiaminstanceprofileassociation",
}

IAM_KIND: Final = {
    "iam:createpolicyversion": "policy",
    "iam:setdefaultpolicyversion": "policy",
    "iam:attachgrouppolicy": "group",
    "iam:putgrouppolicy": "group",
    "iam:addusertogroup": "group",
    "iam:passrole": "role",
    "iam:attachrolepolicy": "role",
    "iam:putrolepolicy": "role",
    "iam:updateassumerolepolicy": "role",
    "iam:deleterolepermissionsboundary": "role",
    "sts:assumerole": "role",
}
ON_ONESELF: Final = frozenset(
    {"iam:attachuserpolicy", "iam:putuserpolicy", "iam:deleteuserpermissionsboundary"}
)
NEEDED: Final = tuple((path, frozenset(action.lower() for action in path.actions)) for path in PATHS)

STEPS: Final = {action.lower(): action for path in PATHS for action in path.actions}

SCOPING_KEYS: Final = frozenset({"iam:policyarn", "iam:permissionsboundary"})
"""A fixed policy or boundary: what is attached, or the bounds of it, is not the caller's choice."""
