"""The core face of `microblog-tasks`. Its commands are in `commands`, what it adds to workers in `face`."""

from __future__ import annotations

from microblog_core.contributions import Manifest

PLUGIN = Manifest(
    name="tasks", version="0.1.0", summary="Workers and schedulers for the jobs in processes of their own"
)
