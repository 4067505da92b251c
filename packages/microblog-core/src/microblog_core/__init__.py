"""The core of Microblog.

Rooms: `domain` (values and rules), `ports` (contracts), `hookspecs` and `contributions` (what a
plugin may add), `plugins` (how it is found and held), `services` (the use cases), `patterns`,
`runtime`, `memory`, `defaults`, `http`, `cli` and `testing`. `site` composes them.

Nothing here imports a web framework, a database toolkit, Redis, taskiq or a template engine.
"""

__version__ = "0.1.0"
