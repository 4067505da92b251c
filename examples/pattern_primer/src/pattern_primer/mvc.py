"""Model-View-Controller: data with its rules, what shows it, and what turns a request into a call.

The model knows neither page nor request, the view decides nothing, the controller keeps nothing: each can be
exchanged, or tested, without the others.

Not for a script that reads something and prints it: there the three are one function, and splitting it only
makes three places out of one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Post:
    """A post: who wrote what."""

    author: str
    text: str


class Posts:
    """The model: all posts, and the rule that none is empty."""

    def __init__(self) -> None:
        self._posts: list[Post] = []

    def publish(self, author: str, text: str) -> Post:
        """Keep a post. Raises `ValueError` for one without a text."""
        if not text.strip():
            raise ValueError("Write something.")
        post = Post(author, text.strip())
        self._posts.append(post)
        return post

    def newest(self) -> Sequence[Post]:
        """All posts, the newest first."""
        return tuple(reversed(self._posts))


class TextView:
    """The view: posts as lines of text."""

    def timeline(self, posts: Sequence[Post]) -> str:
        """One line for each post, then how many there are."""
        lines = [f"{post.author} wrote {post.text!r}" for post in posts]
        return "\n".join([*lines, f"({len(posts)} post{'s' if len(posts) != 1 else ''})"])

    def refusal(self, reason: str) -> str:
        """Why nothing was kept."""
        return f"Not published: {reason}"


class Controller:
    """The controller: a form comes in, one call of the model is made, and the view draws what came of it."""

    def __init__(self, model: Posts, view: TextView) -> None:
        self._model = model
        self._view = view

    def publish(self, form: Mapping[str, str]) -> str:
        """Answer a form with `author` and `text`."""
        try:
            self._model.publish(form.get("author", "somebody"), form.get("text", ""))
        except ValueError as error:
            return self._view.refusal(str(error))
        return self._view.timeline(self._model.newest())
