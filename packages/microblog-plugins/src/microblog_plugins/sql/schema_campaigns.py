"""The tables of campaigns, of their recipients, and of who refuses news; `schema` says how tables are drawn.

A recipient is unique by its account and by its address, each within its campaign: that nobody is mailed twice
is a matter of these two keys.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table, Text

from microblog_plugins.sql.schema import Id, metadata, only

campaigns = Table(
    "campaigns",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("rate", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("starts_at", Id),
    Column("started_at", Id),
    Column("finished_at", Id),
    Column("created_at", Id, nullable=False),
    Column("created_by", Id),
    Column("up_to", Id, nullable=False),
    Column("cursor", Id, nullable=False),
    Column("run", Integer, nullable=False),
    Column("taken_at", Id, nullable=False),
    Column("problem", Text, nullable=False),
    Column("version", Integer, nullable=False),
    # How many recipients are in each state, written with them.
    Column("total", Integer, nullable=False),
    Column("sending", Integer, nullable=False),
    Column("sent", Integer, nullable=False),
    Column("waiting", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("unclear", Integer, nullable=False),
    Column("skipped", Integer, nullable=False),
)

campaign_recipients = Table(
    "campaign_recipients",
    metadata,
    Column("campaign_id", Id, ForeignKey("campaigns.id"), nullable=False),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("address_key", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("claim", Id, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Id, nullable=False),
    Column("error", Text, nullable=False),
    Column("at", Id, nullable=False),
    PrimaryKeyConstraint("campaign_id", "account_id"),
    sqlite_with_rowid=False,
)
Index(
    "campaign_recipients_address",
    campaign_recipients.c.campaign_id,
    campaign_recipients.c.address_key,
    unique=True,
)
# Most are sent: only what is not is looked for by its state.
Index(
    "campaign_recipients_open",
    campaign_recipients.c.campaign_id,
    campaign_recipients.c.state,
    campaign_recipients.c.account_id,
    **only("state <> 'sent'"),
)
Index(
    "campaign_recipients_due",
    campaign_recipients.c.campaign_id,
    campaign_recipients.c.due_at,
    campaign_recipients.c.account_id,
    **only("state = 'waiting'"),
)

news_refusals = Table(
    "news_refusals",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), primary_key=True, autoincrement=False),
    Column("created_at", Id, nullable=False),
)
