"""What the system tells about a process and those it started: processor time and memory. Linux only."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


@dataclass(frozen=True)
class Memory:
    """In MB: what is resident, and the same with shared pages counted in parts."""

    resident: float = 0.0
    proportional: float = 0.0

    def __str__(self) -> str:
        return f"{self.resident:.0f} MB resident ({self.proportional:.0f} proportional)"


@dataclass(frozen=True)
class Cores:
    """One core for the server and its database, another one for the load."""

    server: int
    load: int


def choose_cores() -> Cores:
    """Two cores that this process may use: the last for the server, the first for the load."""
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        raise SystemExit("bench needs two cores: one for the server with its database, one for the load")
    return Cores(server=usable[-1], load=usable[0])


def family(pid: int) -> list[int]:
    """The process and everything that it started, directly or not."""
    children: dict[int, list[int]] = defaultdict(list)
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children[int(fields[1])].append(int(entry.name))
    found = [pid]
    for each in found:
        found.extend(children[each])
    return found


def cpu_seconds(pid: int) -> float:
    """Processor time of the whole family so far, its ended members included."""
    total = 0
    for each in family(pid):
        if fields := _stat(each):
            own, waited_for = fields[11:13], fields[13:15]
            total += sum(map(int, own + waited_for))
    return total / _TICKS


def memory(pid: int) -> Memory:
    """Memory of the whole family now."""
    resident = proportional = 0
    for each in family(pid):
        try:
            lines = (_PROC / str(each) / "smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        sizes = {line.split(":")[0]: int(line.split()[1]) for line in lines[1:]}
        resident += sizes["Rss"]
        proportional += sizes["Pss"]
    return Memory(resident / 1000, proportional / 1000)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name, which may itself hold spaces: state, parent, ..."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
