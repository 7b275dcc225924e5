"""``liveaudit demo``: real AWS API calls become findings, and the findings close when things are mended."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liveaudit.cli.common import EXIT_ERROR, CommandError, safe
from liveaudit.cli.lab import exports, make_lab

if TYPE_CHECKING:
    from rich.console import Console

    from liveaudit.demo.runner import Demo, Outcome, Transition

_COLORS = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan", "informational": "white"}


def demo(
    leave: Annotated[
        bool,
        typer.Option(
            "--exit", help="End when done: 0 only if exactly the expected findings opened and closed."
        ),
    ] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the whole timeline to this file.", metavar="FILE")
    ] = None,
    port: Annotated[
        int, typer.Option(help="Port of the lab on loopback; 0 takes a free one.", min=0, max=65535)
    ] = 0,
    console_port: Annotated[
        int, typer.Option(help="Port of the web console; 0 takes a free one.", min=0, max=65535)
    ] = 0,
) -> None:
    """Start a lab, set it up, sweep it, make about twenty changes, and show each finding open and close."""
    import tempfile

    import uvloop
    from rich.console import Console

    from liveaudit.cli import logs
    from liveaudit.demo.scenario import REGIONS, SECURITY, SHOP

    logs.configure()
    console = Console(highlight=False, soft_wrap=True)
    lab = make_lab((SECURITY, SHOP), REGIONS, port)
    with tempfile.TemporaryDirectory(prefix="liveaudit-demo-") as folder:
        console.print("[bold]1[/] starting the lab")
        lab.start()
        try:
            from liveaudit.demo.runner import Demo

            console.print(f"  an AWS of two accounts and two regions answers at {lab.endpoint_url}")
            made = Demo(
                lab,
                Path(folder),
                SECURITY,
                (SECURITY, SHOP),
                REGIONS,
                lambda line: console.print(f"  {line}"),
                console_port,
            )
            ok = uvloop.run(_run(made, console, leave, json_file))
        finally:
            lab.stop()
    if not ok:
        raise CommandError("the demo did not go as expected: see above", EXIT_ERROR)


async def _run(made: Demo, console: Console, leave: bool, json_file: Path | None) -> bool:
    import asyncio
    import json

    from liveaudit.demo.runner import timeline
    from liveaudit.demo.scenario import steps

    console.print("[bold]2[/] setting up: one receiver, one more publisher, by stack sets")
    await asyncio.to_thread(made.set_up)
    async with made.watching():
        console.print("  findings on a page, live; this link lets one browser in:")
        console.print(f"  [bold]{made.console_url}[/]", soft_wrap=True)
        console.print("[bold]3[/] sweeping what is there")
        baseline = await made.sweep()
        told = ", ".join(
            f"[{_COLORS[name]}]{baseline[name]} {name}[/]" for name in _COLORS if name in baseline
        )
        console.print(f"  {sum(baseline.values())} open findings: {told}")
        console.print("[bold]4[/] things happen")
        outcomes: list[Outcome] = []
        for step in steps():
            console.print(f"  [bold]{step.title}[/]  [dim]{step.account} {step.region}[/]")
            outcomes.append(await made.carry_out(step, lambda each: _show(console, each)))
            _complain(console, outcomes[-1])
        await made.settle()
        late = await made.news(None)
        for each in late:
            console.print(f"    [red]nobody expected[/] {safe(each.key)}")
        await made.tell_again(outcomes)
        result = timeline(baseline, outcomes, late)
        _sum_up(console, outcomes)
        if json_file is not None:
            json_file.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
            console.print(f"  timeline written to {json_file}")
        if not leave:
            await _stay(made, console)
    return bool(result["ok"])


def _show(console: Console, each: Transition) -> None:
    from rich.markup import escape

    from liveaudit.demo.scenario import OPENED

    color = _COLORS[each.severity]
    mark = f"[{color}]● {each.severity:8}[/]" if each.what == OPENED else "[green]✓ " + f"{each.status:8}[/]"
    latency = "" if each.latency is None else f"{each.latency * 1000:6.0f} ms"
    console.print(
        f"    {mark} {escape(each.policy)} [dim]{escape(safe(each.resource))}  {escape(safe(each.event))}[/] {latency}",
        soft_wrap=True,
    )


def _complain(console: Console, outcome: Outcome) -> None:
    for key in sorted(outcome.missing):
        console.print(f"    [red]did not come:[/] {safe(key)}")
    for each in outcome.unexpected:
        console.print(f"    [red]nobody expected:[/] {safe(each.key)}")


def _sum_up(console: Console, outcomes: list[Outcome]) -> None:
    import statistics

    latencies = sorted(
        one.latency for each in outcomes for one in each.transitions if one.latency is not None
    )
    good = all(each.ok for each in outcomes)
    count = sum(len(each.transitions) for each in outcomes)
    words = "[green]as expected[/]" if good else "[red]not as expected[/]"
    console.print(f"[bold]5[/] {len(outcomes)} changes, {count} transitions, {words}")
    if latencies:
        console.print(
            f"  from the API call to the stored finding: median {statistics.median(latencies) * 1000:.0f} ms, "
            f"slowest {latencies[-1] * 1000:.0f} ms (the lab delivers at once; AWS takes seconds)"
        )


async def _stay(made: Demo, console: Console) -> None:
    import asyncio
    import signal

    from rich.markup import escape

    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    account, region = made.accounts[-1], made.regions[-1]
    console.print(f"\n[bold]Now you.[/] Look at {made.console_url}", soft_wrap=True)
    console.print("and in another terminal, in this folder:\n")
    console.print(escape(exports(made.lab, account, region)), end="", soft_wrap=True)
    console.print("export PATH=$PWD/.venv/bin:$PATH", soft_wrap=True)
    console.print(f"export LIVEAUDIT_SETTINGS={made.settings_file}\n", soft_wrap=True)
    console.print(
        "aws s3api create-bucket --bucket mine --create-bucket-configuration LocationConstraint=" + region
    )
    console.print("aws s3api delete-public-access-block --bucket mine")
    console.print("liveaudit findings list --resource mine\n")
    console.print("What happens is shown here. Stop with Ctrl-C.\n")
    while not stopping.is_set():
        for each in await made.news(None):
            _show(console, each)
        try:
            await asyncio.wait_for(stopping.wait(), 0.2)
        except TimeoutError:
            continue
