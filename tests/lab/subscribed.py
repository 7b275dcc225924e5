"""One account and region whose events come to a queue: by the calls themselves, as a set-up takes too long many times."""

from __future__ import annotations

from liveaudit.lab import Lab
from liveaudit.provision import names
from liveaudit.provision.patterns import make_rules
from liveaudit.provision.render.text import compact
from liveaudit.services import load
from tests.lab.events import queue_arn, queue_policy


def subscribe(lab: Lab, account: str, region: str) -> None:
    """Make the queue and the rules of all services that the catalog has."""
    sqs, events = lab.client(account, "sqs", region), lab.client(account, "events", region)
    url = sqs.create_queue(QueueName=names.QUEUE)["QueueUrl"]
    arn = queue_arn(account, region, names.QUEUE)
    rules = f"arn:aws:events:{region}:{account}:rule/{names.RULE}*"
    policy = queue_policy(arn, rules).replace("ArnEquals", "ArnLike")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    for rule in make_rules(load()[0]):
        events.put_rule(Name=rule.name, EventPattern=compact(rule.pattern()))
        events.put_targets(Rule=rule.name, Targets=[{"Id": "queue", "Arn": arn}])
