"""The plugin's core face: it says that the theme is there. A site takes it by `theme = "gazette"`."""

from __future__ import annotations

from microblog_core.contributions import Manifest

PLUGIN = Manifest(name="gazette", version="0.1.0", summary="A theme that looks like a newspaper")
