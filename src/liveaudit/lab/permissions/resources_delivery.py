"""The resources of calls to SQS, EventBridge, SNS and Lambda. Pure.

Source: AWS Service Authorization Reference, "Resource types defined by" these services.
"""

from __future__ import annotations

import json

from liveaudit.lab.permissions.facts import Facts

Found = tuple[str, ...]


def sqs(facts: Facts, _action: str) -> Found:
    """The queue."""
    if url := facts.text("QueueUrl"):
        *_, account, name = ("", "", *url.rstrip("/").split("/"))
        owner = account if account.isdigit() and len(account) == 12 else facts.account
        return (facts.arn("sqs", name, account=owner),)
    if name := facts.text("QueueName"):
        return (facts.arn("sqs", name, account=facts.text("QueueOwnerAWSAccountId") or facts.account),)
    return ()


def event_bus(facts: Facts, name: str) -> str:
    """The ARN of the bus of this name or ARN."""
    return name if name.startswith("arn:") else facts.arn("events", f"event-bus/{name or 'default'}")


def rule(facts: Facts, name: str, bus: str) -> str:
    """The ARN of a rule: that of a rule on the default bus does not name the bus."""
    on = event_bus(facts, bus)
    account, bus_name = on.split(":")[4], on.partition("event-bus/")[2]
    return facts.arn(
        "events", f"rule/{name}" if bus_name == "default" else f"rule/{bus_name}/{name}", account=account
    )


def events(facts: Facts, action: str) -> Found:
    """The rule, the bus, or each bus that events are put on."""
    if action == "events:PutEvents":
        entries = facts.params.get("Entries") or []
        names = [str(entry.get("EventBusName") or "") for entry in entries if isinstance(entry, dict)]
        return tuple(dict.fromkeys(event_bus(facts, name) for name in names or [""]))
    operation = action.partition(":")[2]
    if "Rule" in operation or "Target" in operation:
        name = facts.text("Rule", "Name")
        return (rule(facts, name, facts.text("EventBusName")),) if name else ()
    if "EventBus" in operation:
        return (event_bus(facts, facts.text("Name")),)
    return ()


def sns(facts: Facts, _action: str) -> Found:
    """The topic; a text message to a telephone goes to ``*``."""
    if facts.text("PhoneNumber"):
        return ("*",)
    if subscription := facts.text("SubscriptionArn"):
        return (subscription.rpartition(":")[0],)
    if topic := facts.text("TopicArn", "TargetArn", "ResourceArn"):
        return (topic,)
    name = facts.text("Name")
    return (facts.arn("sns", name),) if name else ()


def lambda_(facts: Facts, action: str) -> Found:
    """The function or event source mapping, by name, by part of its ARN or by its ARN."""
    if mapping := facts.text("UUID"):
        return (facts.arn("lambda", f"event-source-mapping:{mapping}"),)
    name = facts.text("FunctionName")
    if not name or "Layer" in action:
        return ()
    if not name.startswith("arn:"):
        account, found, rest = name.partition(":function:")
        name = (
            facts.arn("lambda", f"function:{rest}", account=account)
            if found
            else facts.arn("lambda", f"function:{name}")
        )
    qualifier = facts.text("Qualifier")
    return (f"{name}:{qualifier}",) if qualifier and name.count(":") == 6 else (name,)


def target_arns(facts: Facts) -> Found:
    """The targets that a PutTargets gives a rule."""
    targets = facts.params.get("Targets") or []
    return tuple(str(target.get("Arn", "")) for target in targets if isinstance(target, dict))


def pattern_sources(facts: Facts) -> Found:
    """The plain sources in the pattern of a PutRule."""
    try:
        pattern = json.loads(facts.text("EventPattern") or "{}")
    except ValueError:
        return ()
    sources = pattern.get("source", []) if isinstance(pattern, dict) else []
    return tuple(source for source in sources if isinstance(source, str)) if isinstance(sources, list) else ()
