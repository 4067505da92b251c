"""Storage in SQL: SQLite for one process on one file, PostgreSQL for many.

`plugin` offers both by URL scheme. `reads` and `writes` hold the statements, written once for both databases
as generators that yield a statement and are sent its rows; `sqlite` and `postgres` run them. `visibility` is
the one predicate of who may see what. `schema`, `migrations` and `tools` make and change the tables.
"""
