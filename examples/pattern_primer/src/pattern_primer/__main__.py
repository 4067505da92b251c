"""`python -m pattern_primer`: every pattern once, a line each."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Mapping

from pattern_primer import command, concurrency, decorator, factory, mvc, observer, singleton, strategy


def show_mvc() -> str:
    """A form goes through the controller to the model, and comes back as the view draws it."""
    controller = mvc.Controller(mvc.Posts(), mvc.TextView())
    return " ".join(controller.publish({"author": "Ada", "text": "Hello"}).split("\n"))


def show_singleton() -> str:
    """Two calls, one object."""
    singleton.Registry().names.append("ada")
    same = singleton.Registry() is singleton.Registry() and singleton.Registry().names == ["ada"]
    return f"one object, made once: {same}"


def show_factory() -> str:
    """Two shapes by name, and one that nobody knows."""
    shapes = factory.ShapeFactory()
    made = f"circle {shapes.create('circle', 2).area():.2f}, square {shapes.create('square', 3).area():.2f}"
    try:
        shapes.create("hexagon", 1)
    except ValueError as error:
        return f"{made}; {error}"
    raise AssertionError("a hexagon came out of nowhere")


def show_strategy() -> str:
    """The same posts in two orders."""
    posts = [strategy.Post("a", 1, 0), strategy.Post("b", 2, 5), strategy.Post("c", 3, 1)]
    timeline = strategy.Timeline(posts)
    newest = ", ".join(post.text for post in timeline.read())
    timeline.order = strategy.popular_first
    return f"newest {newest}; popular {', '.join(post.text for post in timeline.read())}"


def show_observer() -> str:
    """One who listens, and then does not."""
    heard: list[object] = []
    subject = observer.Subject()
    subject.attach(heard.append)
    subject.notify("Hello")
    subject.detach(heard.append)
    subject.notify("Still there?")
    return f"log heard {', '.join(map(repr, heard))}, and after it was detached nothing more"


def show_decorator() -> str:
    """A function with a log and a permission around it."""
    log: list[str] = []
    posts: list[str] = []

    @decorator.logged(log)
    @decorator.only_for({"ada"})
    def publish(who: str, text: str) -> None:
        posts.append(text)

    refused = []
    for who in ("ada", "bob", "ada"):
        try:
            publish(who, "Hello")
        except decorator.Refused:
            refused.append(who)
    return f"refused for {', '.join(refused)}, {len(posts)} posts by ada, {len(log)} calls logged"


def show_command() -> str:
    """Two commands, one taken back, and done again."""
    likes: set[str] = set()
    history = command.History()
    for who in ("ada", "bob"):
        history.execute(command.Favourite(who, likes))
    counts = [len(likes)]
    for step in (history.undo, history.redo):
        step()
        counts.append(len(likes))
    return "{} favourites, undone {}, redone {}".format(*counts)


def show_concurrency() -> str:
    """How long ten jobs take, in times of one."""
    began = time.perf_counter()
    asyncio.run(concurrency.at_once(concurrency.deliver))
    times = (time.perf_counter() - began) / concurrency.SECONDS
    said = "about as long as one" if times < concurrency.JOBS / 2 else f"as long as {times:.1f}"
    return f"ten jobs took {said}"


SHOWN: Mapping[str, Callable[[], str]] = {
    "mvc": show_mvc,
    "singleton": show_singleton,
    "factory": show_factory,
    "strategy": show_strategy,
    "observer": show_observer,
    "decorator": show_decorator,
    "command": show_command,
    "concurrency": show_concurrency,
}


def main() -> None:
    """Run all of them."""
    for name, show in SHOWN.items():
        sys.stdout.write(f"{name}: {show()}\n")


if __name__ == "__main__":
    main()
