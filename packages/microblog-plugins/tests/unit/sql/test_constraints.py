"""What the database refuses by itself is a guard of an operation."""

from __future__ import annotations

import sqlalchemy

from microblog_plugins.sql.errors import _GUARDS
from microblog_plugins.sql.schema import metadata


def test_every_unique_constraint_that_an_operation_can_meet_has_its_guard():
    never_met = {"home_rows_pkey", "post_mentions_pkey", "post_tags_pkey", "markers_pkey"}
    never_met |= {"account_notes_pkey", "account_tags_pkey"}
    never_met |= {"jobs_key", "changes_pkey", "authorisations_pkey"}
    never_met |= {
        "list_members_pkey",
        "list_tags_pkey",
        "announcement_reads_pkey",
        "announcement_reactions_pkey",
    }
    never_met |= {"custom_emojis_pkey", "push_subscriptions_token", "dismissed_suggestions_pkey"}
    never_met |= {"post_words_pkey", "account_words_pkey", "hashtags_pkey", "post_heat_pkey"}
    never_met |= {"tag_uses_pkey", "tag_days_pkey", "poll_options_pkey"}
    never_met |= {"conversations_key", "direct_posts_pkey", "log_ins_pkey", "statistics_days_pkey"}
    never_met |= {"departures_pkey", "sign_ups_pkey", "imported_pkey"}
    never_met |= {"statistics_people_pkey", "statistics_stale_pkey", "media_usage_pkey"}
    never_met |= {"delivery_preferences_pkey", "deliveries_pkey", "job_tallies_pkey"}
    never_met |= {"campaign_recipients_pkey", "campaign_recipients_address", "news_refusals_pkey"}
    drawn = {}
    for table in metadata.tables.values():
        unique = [table.primary_key]
        unique += [each for each in table.constraints if isinstance(each, sqlalchemy.UniqueConstraint)]
        unique += [index for index in table.indexes if index.unique]
        for constraint in unique:
            name = constraint.name or f"{table.name}_pkey"
            drawn[str(name)] = ", ".join(f"{table.name}.{column.name}" for column in constraint.columns)
    mapped = {name: columns for name, (_, columns) in _GUARDS.items()}
    assert mapped == {name: columns for name, columns in drawn.items() if name not in never_met}
