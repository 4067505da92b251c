"""Command objects: use cases as values that can be executed, queued, logged and, where it makes sense,
undone.

A command is the frozen struct that a use case takes. Registered under a name it can wait in the outbox as
JSON and be executed later, as the account that gave it; a command with an inverse can say what takes it back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import msgspec

from microblog_core.domain.errors import Invalid, NotFound
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import Job

COMMAND_JOB = "commands.execute"

C = TypeVar("C", bound=msgspec.Struct)


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """A use case by name: the type of its command, and the name of its inverse (it takes the same
    command).
    """

    name: str
    command: type[Any]
    use_case: Callable[[Ports, Actor, Any], Awaitable[Any]]
    inverse: str = ""


class QueuedCommand(msgspec.Struct, frozen=True):
    """A command on its way through the outbox: who gave it, which, and its arguments as JSON."""

    actor_id: int | None
    name: str
    arguments: msgspec.Raw


class CommandRegistry:
    """All commands that can be given by name."""

    def __init__(self) -> None:
        self._by_name: dict[str, Registered] = {}

    def register(
        self,
        name: str,
        command: type[C],
        use_case: Callable[[Ports, Actor, C], Awaitable[Any]],
        *,
        inverse: str = "",
    ) -> None:
        """Add a use case under a name, once. Raises `ValueError` where the name is taken."""
        if name in self._by_name:
            raise ValueError(f"the command {name!r} is registered already")
        self._by_name[name] = Registered(name=name, command=command, use_case=use_case, inverse=inverse)

    @property
    def names(self) -> Mapping[str, Registered]:
        """All registered commands."""
        return self._by_name

    def get(self, name: str) -> Registered:
        """The command of this name. Raises `NotFound`."""
        try:
            return self._by_name[name]
        except KeyError:
            raise NotFound(f"There is no command {name!r}.") from None

    async def execute(self, ports: Ports, actor: Actor, name: str, command: msgspec.Struct) -> Any:
        """Run it now and return the use case's result."""
        return await self.get(name).use_case(ports, actor, command)

    async def undo(self, ports: Ports, actor: Actor, name: str, command: msgspec.Struct) -> Any:
        """Run the inverse. Raises `Invalid` for a command that can't be taken back."""
        inverse = self.get(name).inverse
        if not inverse:
            raise Invalid("This can't be undone.")
        return await self.execute(ports, actor, inverse, command)

    def queue(self, ports: Ports, actor: Actor, name: str, command: msgspec.Struct, *, due_at: int) -> Job:
        """An outbox row that executes the command at `due_at` (Unix milliseconds), at least once."""
        self.get(name)
        now = ports.clock.now()
        job_id = ports.ids.at(now)
        queued = QueuedCommand(actor.id, name, msgspec.Raw(msgspec.json.encode(command)))
        return Job(
            id=job_id,
            kind=COMMAND_JOB,
            key=str(job_id),
            payload=msgspec.json.encode(queued),
            due_at=due_at,
            created_at=now,
        )

    async def run(self, ports: Ports, job: Job) -> None:
        """Execute a queued command as the account that gave it, with the rights that it has now."""
        queued = msgspec.json.decode(job.payload, type=QueuedCommand)
        registered = self.get(queued.name)
        actor = SYSTEM
        if queued.actor_id is not None:
            account = await ports.storage.accounts.get(queued.actor_id)
            if account is None:
                return
            actor = Actor(account=account)
        command = msgspec.json.decode(queued.arguments, type=registered.command)
        await registered.use_case(ports, actor, command)
