"""The commands of core by name: what can be given by a button, queued for later, and taken back."""

from __future__ import annotations

from microblog_core.patterns.commands import CommandRegistry
from microblog_core.services import marks, posts, reactions, relations, undo


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
        ("bookmark", "unbookmark", marks.bookmark_post),
        ("unbookmark", "bookmark", marks.unbookmark_post),
        ("pin", "unpin", marks.pin_post),
        ("unpin", "pin", marks.unpin_post),
        ("mute_thread", "unmute_thread", marks.mute_thread),
        ("unmute_thread", "mute_thread", marks.unmute_thread),
    ):
        registry.register(name, reactions.PostCommand, use_case, inverse=inverse)
    for name, inverse, command, relate in (
        ("follow", "unfollow", relations.FollowCommand, relations.follow),
        ("unfollow", "follow", relations.FollowCommand, relations.unfollow),
        ("block", "unblock", relations.RelationCommand, relations.block),
        ("unblock", "block", relations.RelationCommand, relations.unblock),
        ("mute", "unmute", relations.MuteCommand, relations.mute),
        ("unmute", "mute", relations.MuteCommand, relations.unmute),
    ):
        registry.register(name, command, relate, inverse=inverse)
    registry.register("publish", posts.PublishPost, posts.publish_post)
    registry.register("unpublish", undo.UndoPublish, undo.undo_publish)
    registry.register("delete", posts.DeletePost, undo.delete_post_undoably, inverse="undelete")
    registry.register("undelete", posts.DeletePost, undo.undo_delete, inverse="delete")
    return registry
