"""The commands of core by name: what can be given by a button, queued for later, and taken back."""

from __future__ import annotations

from microblog_core.patterns.commands import CommandRegistry
from microblog_core.services import posts, reactions, relations


def core_commands() -> CommandRegistry:
    """A registry with every command that people give with one button, each with its inverse, and
    publishing.
    """
    registry = CommandRegistry()
    for name, inverse, use_case in (
        ("boost", "unboost", reactions.boost_post),
        ("unboost", "boost", reactions.unboost_post),
        ("favourite", "unfavourite", reactions.favourite_post),
        ("unfavourite", "favourite", reactions.unfavourite_post),
    ):
        registry.register(name, reactions.PostCommand, use_case, inverse=inverse)
    for name, inverse, relate in (
        ("follow", "unfollow", relations.follow),
        ("unfollow", "follow", relations.unfollow),
        ("block", "unblock", relations.block),
        ("unblock", "block", relations.unblock),
        ("mute", "unmute", relations.mute),
        ("unmute", "mute", relations.unmute),
    ):
        registry.register(name, relations.RelationCommand, relate, inverse=inverse)
    registry.register("publish", posts.PublishPost, posts.publish_post)
    registry.register("delete", posts.DeletePost, posts.delete_post)
    return registry
