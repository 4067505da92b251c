"""Command: something to do as an object, so that it can wait, be written down, and be taken back.

Not for a call that is made at once and never undone: a function does that. And not for what can't be taken
back: an `undo` that does half is worse than none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class Command(Protocol):
    """What can be done and undone."""

    def execute(self) -> None:
        """Do it."""
        ...

    def undo(self) -> None:
        """Leave everything as it was before `execute`."""
        ...


@dataclass(frozen=True)
class Favourite:
    """Ada likes a post: adds her to those who like it, once."""

    who: str
    likes: set[str]

    def execute(self) -> None:
        """Add them."""
        self.likes.add(self.who)

    def undo(self) -> None:
        """Take them off again."""
        self.likes.discard(self.who)


class History:
    """Executes commands and knows in which order, so that they can be undone and done again."""

    def __init__(self) -> None:
        self._done: list[Command] = []
        self._undone: list[Command] = []

    def execute(self, command: Command) -> None:
        """Do it. What was undone before can't be done again after that."""
        command.execute()
        self._done.append(command)
        self._undone.clear()

    def undo(self) -> bool:
        """Take the last one back; False where there is none."""
        return self._move(self._done, self._undone, lambda command: command.undo())

    def redo(self) -> bool:
        """Do the one again that was undone last; False where there is none."""
        return self._move(self._undone, self._done, lambda command: command.execute())

    @staticmethod
    def _move(origin: list[Command], target: list[Command], how: Callable[[Command], None]) -> bool:
        if not origin:
            return False
        how(origin[-1])
        target.append(origin.pop())
        return True
