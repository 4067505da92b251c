"""Figures for Prometheus: a room that a site may have or not (extra `prometheus`).

`plugin` is the way in, `settings` says where figures are shown, `figures` holds them, `watching` fills them,
and `exposition` shows them at an address of its own, never among the site's pages.
"""
