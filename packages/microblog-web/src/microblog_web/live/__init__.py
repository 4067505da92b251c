"""What pages that are open are told: new posts of their timeline, and how many notifications are new.

`timelines` says which timelines there are and what is new in one, `hub` who listens and who is told, and
`answering` takes requests. Only ids and numbers travel; what a post says, and who may see it, is decided when
somebody reads it. The events come as docs/decisions/0010 says.
"""

from __future__ import annotations
