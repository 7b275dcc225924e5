"""The policies of Lambda functions on their network, keys, layers and what browsers may do with their URLs."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Resource, Severity, Verdict, failed, not_applicable, passed
from liveaudit.policies.checks import is_given, is_one_of, member
from liveaudit.policies.policy import Context
from liveaudit.policies.shapes import UnexpectedShapeError, mapping, mappings, names, rule, text, texts
from liveaudit.services.awslambda.resources import function


@rule(
    function,
    "awslambda_function_using_cross_account_layers",
    Severity.MEDIUM,
    title="The function's layers are from accounts that are known",
    why="A layer is code that runs with the function's rights; who owns it can bring out a new version with anything in it.",
    fix="Publish a copy of the layer in an account of yours and use that, or enter its account as trusted.",
)
def layers_are_known(configuration: Any, resource: Resource, context: Context) -> Verdict:
    """Lambda developer guide, "Managing Lambda dependencies with layers". AWS's own layers are of other accounts too."""
    known = context.own_accounts | context.trusted_accounts | {resource.account}
    layers = mapping(configuration, "the configuration").get("Layers") or []
    arns = names(layers, "Arn", "the layers")
    foreign = [arn for arn in arns if _account(arn) not in known]
    if foreign:
        return failed("the function uses layers of other accounts", Layers=foreign)
    return passed("every layer is of a known account" if arns else "the function uses no layers")


def _account(arn: str) -> str:
    fields = arn.split(":")
    if len(fields) < 7 or fields[2] != "lambda":
        raise UnexpectedShapeError(f"{arn[:80]!r} is no ARN of a layer")
    return fields[4]


@rule(
    function,
    "awslambda_function_inside_vpc",
    Severity.LOW,
    title="The function is in a network of yours",
    why="Outside of it, what the function sends passes neither your firewalls nor your flow logs.",
    fix="Give the function subnets and security groups of a VPC.",
)
def is_in_a_network(configuration: Any) -> Verdict:
    """Security Hub Lambda.3."""
    return is_given(configuration, "VpcConfig.VpcId", "the function")


@rule(
    function,
    "awslambda_function_env_vars_not_encrypted_with_cmk",
    Severity.MEDIUM,
    title="The function's variables are encrypted with a key of yours",
    why="With a key of your own you decide who may read the variables, see every use of the key, and can end it.",
    fix="Set a KMS key on the function, which its role may use to decrypt.",
)
def variables_have_a_key(configuration: Any, environment: Any) -> Verdict:
    """Lambda developer guide, "Securing Lambda environment variables"."""
    if not mappings(environment or [], "the variables"):
        return not_applicable("the function has no variables")
    return is_given(configuration, "KMSKeyArn", "the function")


@rule(
    function,
    "awslambda_function_url_cors_policy",
    Severity.MEDIUM,
    title="The function's URL is not open to scripts of every site",
    why="With the origin *, a script on any site can call the function from a visitor's browser and read the answer.",
    fix="Name the origins that need it in the URL's CORS settings.",
)
def origins_are_named(urls: Any) -> Verdict:
    """Lambda developer guide, "Cross-origin resource sharing (CORS)"."""
    given = mappings(urls, "the list of URLs")
    if not given:
        return not_applicable("the function has no URL")
    wide = [
        text(each.get("FunctionArn"), "FunctionArn")
        for each in given
        if "*" in texts(member(each, "Cors.AllowOrigins", "a URL") or [], "AllowOrigins")
    ]
    if wide:
        return failed(
            "scripts of every site may use a URL of the function", AllowOrigins=["*"], FunctionArn=wide
        )
    return passed("no URL of the function is open to scripts of every site")


@rule(
    function,
    "awslambda_function_vpc_multi_az",
    Severity.MEDIUM,
    title="The function's subnets are in two zones at least",
    why="With all subnets in one zone the function stops when that zone does.",
    fix="Give the function subnets in two or more availability zones.",
)
def is_in_two_zones(configuration: Any, subnets: Any) -> Verdict:
    """Security Hub Lambda.5."""
    wanted = texts(member(configuration, "VpcConfig.SubnetIds", "the function") or [], "SubnetIds")
    if not wanted:
        return not_applicable("the function is in no network of yours")
    given = mapping(subnets, "the subnets")
    zones = {
        text(mapping(given[each], "a subnet").get("AvailabilityZone"), "AvailabilityZone")
        for each in wanted
        if given.get(each) is not None
    }
    if len(zones) > 1:
        return passed(f"the function is in {len(zones)} zones")
    return failed("the function is in one zone only", AvailabilityZones=sorted(zones), SubnetIds=wanted)


@rule(
    function,
    "awslambda_function_xray_tracing_disabled",
    Severity.LOW,
    title="Calls of the function are traced",
    why="A trace tells where a call came from, what it called in turn, and where it failed.",
    fix="Set the function's tracing to Active.",
)
def calls_are_traced(configuration: Any) -> Verdict:
    """Security Hub Lambda.7."""
    return is_one_of(configuration, "TracingConfig.Mode", "the function", ["Active"])


@rule(
    function,
    "awslambda_function_no_dead_letter_queue",
    Severity.MEDIUM,
    title="Events that the function fails on are kept",
    why="An event that was tried three times is lost, unless there is somewhere to put it.",
    fix="Give the function a destination for failures, or a dead-letter queue.",
)
def failures_are_kept(configuration: Any, event_invoke_config: Any) -> Verdict:
    """Lambda developer guide, "Capturing records of Lambda asynchronous invocations"."""
    if member(configuration, "DeadLetterConfig.TargetArn", "the function"):
        return passed("the function has a dead-letter queue")
    if event_invoke_config is not None and member(
        event_invoke_config, "DestinationConfig.OnFailure.Destination", "the asynchronous invocation"
    ):
        return passed("the function has a destination for failures")
    return failed("the function has neither a dead-letter queue nor a destination for failures")
