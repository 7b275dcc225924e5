"""The policies of Lambda functions."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Outcome, Severity, Verdict, failed, not_applicable, passed
from liveaudit.policies.clock import Now
from liveaudit.policies.documents import is_administrator
from liveaudit.policies.lifecycle import is_supported
from liveaudit.policies.resource_policies import not_public, services_name_their_source
from liveaudit.policies.secrets import without_secrets
from liveaudit.policies.shapes import document, mapping, mappings, rule, text
from liveaudit.services.awslambda.resources import function
from liveaudit.services.awslambda.runtimes import LAST_DAYS

_POLICY = "the function's policy"


@rule(
    function,
    "awslambda_function_not_publicly_accessible",
    Severity.CRITICAL,
    title="Nobody but those named may call the function",
    why="Whoever knows the function's ARN can run it with its role's rights and at your cost. A service let in without its "
    "source, such as S3 without the bucket's account, calls it for any customer of AWS.",
    fix="Remove the statement shown and give the permission anew to a named account, with SourceArn or SourceAccount "
    "where the principal is a service.",
)
def is_not_public(policy_document: Any) -> Verdict:
    """CIS 7.0 2.21; Security Hub Lambda.1; Lambda developer guide, "Using resource-based policies"."""
    public = not_public(policy_document, _POLICY)
    return public if public.outcome is Outcome.FAIL else services_name_their_source(policy_document, _POLICY)


@rule(
    function,
    "awslambda_function_no_secrets_in_variables",
    Severity.CRITICAL,
    title="No variable of the function holds a secret",
    why="Everybody who may read the function's configuration reads its variables, and so do its dependencies and its logs.",
    fix="Keep the value in Secrets Manager or Parameter Store, read it from there, and change the secret, for it has been "
    "shown.",
)
def variables_hold_no_secret(environment: Any) -> Verdict:
    """Lambda developer guide, "Working with environment variables"."""
    if environment is None:
        return passed("the function has no variables")
    return without_secrets(environment, "the function's variables")


@rule(
    function,
    "awslambda_function_url_public",
    Severity.HIGH,
    title="The function's URL asks who calls",
    why="A URL with the authentication NONE is open to everybody on the internet, scanners included.",
    fix="Set the URL's authentication to AWS_IAM, or put an API Gateway or CloudFront with authentication before it.",
)
def url_asks_who_calls(urls: Any) -> Verdict:
    """Lambda developer guide, "Control access to Lambda function URLs". URLs of aliases count."""
    given = mappings(urls, "the list of URLs")
    if not given:
        return not_applicable("the function has no URL")
    types = {
        text(each.get("FunctionArn"), "FunctionArn"): text(each.get("AuthType"), "AuthType") for each in given
    }
    open_ones = [arn for arn, auth_type in types.items() if auth_type == "NONE"]
    if open_ones:
        return failed("a URL of the function is open to everybody", AuthType="NONE", FunctionArn=open_ones)
    return passed("every URL of the function asks who calls")


@rule(
    function,
    "awslambda_function_role_admin",
    Severity.HIGH,
    title="The function does not run as an administrator",
    why="A flaw in the function, or in one of its dependencies, gives the whole account away.",
    fix="Give the function a role of its own, with what it needs and no more.",
)
def is_no_administrator(
    configuration: Any,
    role_attached: Any,
    role_inline: Any,
    role_boundary: Any,
    attached_documents: Any,
    boundary_documents: Any,
) -> Verdict:
    """A policy of the execution role, attached or inline, allows every action on every resource.

    IAM user guide, "Permissions boundaries for IAM entities": a boundary that allows less is a limit.
    """
    arn = text(mapping(configuration, "the configuration").get("Role"), "Role")
    attached = mapping(role_attached, "the role's attached policies").get(arn)
    if attached is None:
        return passed("the function's role does not exist, so it has no rights")
    held = {
        policy: document(written, f"the document of {policy}")
        for policy, written in mapping(attached_documents, "the documents").items()
        if written is not None
    }
    for each in mappings(
        mapping(role_inline, "the role's inline policies").get(arn) or [], "the inline policies"
    ):
        name = text(each.get("PolicyName"), "PolicyName")
        held[name] = document(each.get("PolicyDocument"), f"the document of {name}")
    full = [name for name, written in held.items() if is_administrator(written)]
    if not full:
        return passed("no policy of the function's role allows everything on everything")
    limits = mapping(boundary_documents, "the boundary").values()
    if mapping(role_boundary, "the role's boundary").get(arn) is not None and not any(
        written is not None and is_administrator(document(written, "the boundary")) for written in limits
    ):
        return passed("the role's permissions boundary allows less than everything")
    return failed("the function's role may do everything", Role=arn, policies=full)


@rule(
    function,
    "awslambda_function_using_supported_runtimes",
    Severity.MEDIUM,
    title="The function's runtime is supported",
    why="A runtime that AWS does not support any more gets no security patches, and in time functions with it can be "
    "neither made nor updated.",
    fix="Move the function to a supported runtime of the same language, and test it there.",
)
def runtime_is_supported(configuration: Any, now: Now) -> Verdict:
    """Security Hub Lambda.2; Lambda developer guide, "Runtime use after deprecation"."""
    given = mapping(configuration, "the configuration")
    if given.get("PackageType") == "Image":
        return not_applicable("the function is a container image, which brings its own runtime")
    return is_supported(text(given.get("Runtime"), "Runtime"), LAST_DAYS, now, "runtime")
