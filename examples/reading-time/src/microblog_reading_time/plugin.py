"""The plugin's core face: it says that the plugin is there."""

from __future__ import annotations

from microblog_core.contributions import Manifest

PLUGIN = Manifest(name="reading-time", version="0.1.0", summary="How long posts take to read")
