"""A load of real changes in the lab's account, without end until it is told to stop."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from liveaudit.lab import Lab
from tests.lab.test_equality import NAMES, Account

ONCE = 0.25
"""So many of the changes make a resource that nothing else ever happens to: if its one event is lost, so is it."""


@dataclass
class Load:
    """Makes ``rate`` changes a second, if the lab can; ``things``: how many of each kind of resource there may be.

    ``made``: changes that the lab carried out; ``refused``: those that were not possible in its state.
    """

    lab: Lab
    rng: random.Random
    rate: float
    things: int = 12
    made: int = 0
    refused: int = 0
    failures: list[Exception] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="load")
        self._thread.start()

    def stop(self) -> None:
        """End after the change under way."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        account = Account(self.lab)
        changes, ec2 = account.changes(), account.ec2
        began, number = time.monotonic(), 0
        while not self._stopping.is_set():
            number += 1
            try:
                if self.rng.random() < ONCE:
                    ec2.create_security_group(GroupName=f"once-{number}", Description="made once")
                else:
                    # one VPC after another would only fill the account
                    name = self.rng.choice([each for each in NAMES if each != "vpc"])
                    changes[name](self.rng.randrange(self.things), self.rng.random() < 0.6)
                self.made += 1
            except ClientError:
                self.refused += 1
            except Exception as error:  # noqa: BLE001 - raised by who reads the failures
                self.failures.append(error)
                return
            self._stopping.wait(max(0.0, began + number / self.rate - time.monotonic()))
