"""A channel that takes its time and writes down what it delivers, installed into the processes under test.

Each delivery is two lines, since a mail takes a while: `begun` before it and `sent` after it, each appended
in one write, so that what a killed process did is there.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FILE_VARIABLE = "RECORDED_DELIVERIES"

_SOURCE = """
import asyncio, json, os, random, time

from microblog_core.contributions import Manifest
from microblog_core.hookspecs import hookimpl

PLUGIN = Manifest(name="recorded")


class Recorded:
    name = "recorded"

    async def deliver(self, message, *, key):
        marker = message.text.split()[0]
        self._note("begun", key, marker)
        await asyncio.sleep(random.uniform(0.001, 0.05))
        self._note("sent", key, marker)

    def _note(self, what, key, marker):
        line = json.dumps([what, key, marker, os.getpid(), time.time()]) + "\\\\n"
        file = os.open(os.environ["RECORDED_DELIVERIES"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)


class Everything:
    def route(self, message, channels):
        return ["recorded"] if message.kind == "mention" else []


@hookimpl
def register_channels(site):
    return [Recorded()]


@hookimpl
def register_routing_rules(site):
    return [Everything()]
""".replace("\\\\n", "\\n")


def install_channel(folder: Path) -> Mapping[str, str]:
    """Put the plugin into a folder; the environment in which processes find it and write down deliveries."""
    info = folder / "recorded-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "recorded_deliveries.py").write_text(_SOURCE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: recorded\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[microblog.plugins]\nrecorded = recorded_deliveries\n")
    return {"PYTHONPATH": str(folder), FILE_VARIABLE: str(folder / "deliveries")}


@dataclass(frozen=True)
class Delivery:
    """One attempt: in which process, when it began (Unix seconds), and whether it was said to be sent."""

    process: int
    began: float
    sent: bool


def deliveries(environment: Mapping[str, str]) -> Mapping[tuple[str, str], Sequence[Delivery]]:
    """All attempts so far by (marker of the post, key), in order."""
    file = Path(environment[FILE_VARIABLE])
    found: dict[tuple[str, str], list[Delivery]] = defaultdict(list)
    for line in file.read_text().splitlines() if file.exists() else ():
        what, key, marker, process, moment = json.loads(line)
        attempts = found[marker, key]
        if what == "begun":
            attempts.append(Delivery(process, moment, sent=False))
            continue
        place = max(place for place, each in enumerate(attempts) if each.process == process)
        attempts[place] = Delivery(process, attempts[place].began, sent=True)
    return found
