"""How plugins are found, held and blamed. Beside `hookspecs`, the only place that touches pluggy.

A plugin's author needs two names from here: `implements` marks a hook, `Secret` is the type of a setting that
nobody may see.
"""

from microblog_core.plugins.marks import hookimpl, implements
from microblog_core.plugins.settings import Secret

__all__ = ["Secret", "hookimpl", "implements"]
