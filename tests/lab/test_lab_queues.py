"""SQS through the API: many messages, many receivers, long polls."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from liveaudit.lab import Lab
from tests.lab.conftest import RECEIVER

pytestmark = pytest.mark.lab


def fill(sqs: Any, url: str, count: int) -> None:
    def send(start: int) -> None:
        entries = [{"Id": str(number), "MessageBody": str(start + number)} for number in range(10)]
        assert len(sqs.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]) == 10

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(0, count, 10)))


def test_five_thousand_messages_each_once(lab: Lab) -> None:
    sqs = lab.client(RECEIVER, "sqs", "us-east-1")
    url = sqs.create_queue(QueueName="queue")["QueueUrl"]
    fill(sqs, url, 5000)
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessages"] == "5000"
    bodies: list[str] = []

    def drain() -> None:
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            bodies.extend(message["Body"] for message in messages)
            entries = [{"Id": m["MessageId"], "ReceiptHandle": m["ReceiptHandle"]} for m in messages]
            assert not sqs.delete_message_batch(QueueUrl=url, Entries=entries).get("Failed")

    began = time.monotonic()
    threads = [threading.Thread(target=drain) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began < 30
    assert sorted(bodies, key=int) == [str(number) for number in range(5000)]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (
        attributes["ApproximateNumberOfMessages"]
        == attributes["ApproximateNumberOfMessagesNotVisible"]
        == "0"
    )


def test_long_polls_do_not_stop_the_lab_and_end_with_the_message(lab: Lab) -> None:
    sqs = lab.client(RECEIVER, "sqs", "us-east-1")
    urls = [sqs.create_queue(QueueName=f"queue-{number}")["QueueUrl"] for number in range(20)]
    with ThreadPoolExecutor(20) as pool:
        polls = [
            pool.submit(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=20, AttributeNames=["All"])
            for url in urls
        ]
        time.sleep(0.2)
        began = time.monotonic()
        for url in urls:
            sqs.send_message(QueueUrl=url, MessageBody="text")
        messages = [poll.result()["Messages"][0] for poll in polls]
        assert time.monotonic() - began < 5
    assert {message["Body"] for message in messages} == {"text"}
    assert abs(int(messages[0]["Attributes"]["SentTimestamp"]) / 1000 - time.time()) < 60
    assert messages[0]["Attributes"]["ApproximateReceiveCount"] == "1"


def test_reset_ends_long_polls(lab: Lab) -> None:
    sqs = lab.client(RECEIVER, "sqs", "us-east-1")
    url = sqs.create_queue(QueueName="queue")["QueueUrl"]
    with ThreadPoolExecutor(1) as pool:
        poll = pool.submit(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=20)
        time.sleep(0.2)
        lab.reset()
        assert "Messages" not in poll.result(timeout=5)


def test_visibility_and_dead_letters(lab: Lab) -> None:
    sqs = lab.client(RECEIVER, "sqs", "us-east-1")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": 2}}'
    url = sqs.create_queue(QueueName="queue", Attributes={"RedrivePolicy": redrive})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    for expected in ("1", "2"):
        (message,) = sqs.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"]
        assert message["Attributes"]["ApproximateReceiveCount"] == expected
        assert "Messages" not in sqs.receive_message(QueueUrl=url)
        sqs.change_message_visibility(
            QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    assert sqs.receive_message(QueueUrl=dead)["Messages"][0]["Body"] == "poison"
    with pytest.raises(ClientError, match="ReceiptHandleIsInvalid"):
        sqs.delete_message(QueueUrl=url, ReceiptHandle="made-up")
