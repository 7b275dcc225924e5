"""Runs inside Cloud Custodian's own environment: events through its Lambda handler, and what that took.

python custodian_child.py EVENTS_FILE, in the folder of ``config.json``. Prints JSON: seconds of CPU of the first event
and of each of the others, and the peak memory in MB.
"""

from __future__ import annotations

import json
import logging
import resource
import sys
import time
from pathlib import Path


def main() -> None:
    """See the module."""
    from c7n import handler

    # what CloudWatch would take is no part of the comparison
    logging.disable(logging.CRITICAL)
    took = []
    for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        began = time.process_time()
        handler.dispatch_event(event, None)
        took.append(time.process_time() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"first": took[0], "others": took[1:], "memory": peak}) + "\n")


if __name__ == "__main__":
    main()
