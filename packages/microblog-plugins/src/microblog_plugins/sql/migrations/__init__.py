"""Alembic's migrations of the schema: forward and back, one file for each revision in `versions`."""
