"""The first signal stops, the second ends at once."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

PROGRAM = """
import sys
import threading
import uvloop
from liveaudit.cli.worker import stop_on_signal


async def main():
    import asyncio

    # a thread that never ends, as a write that hangs
    threading.Thread(target=threading.Event().wait).start()
    stopping = asyncio.Event()
    stop_on_signal(stopping.set, "stopping")
    print("ready", file=sys.stderr, flush=True)
    await stopping.wait()
    print("waiting", file=sys.stderr, flush=True)
    await asyncio.Event().wait()


uvloop.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_once_and_twice(number: signal.Signals) -> None:
    process = subprocess.Popen([sys.executable, "-c", PROGRAM], stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        assert process.stderr.readline() == "ready\n"
        process.send_signal(number)
        assert process.stderr.readline() == "stopping\n"
        assert process.stderr.readline() == "waiting\n"
        process.send_signal(number)
        assert process.wait(20) == -number
    finally:
        process.kill()
        process.communicate()
