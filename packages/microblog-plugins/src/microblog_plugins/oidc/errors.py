"""Why somebody does not get in. What people read is in the message; what operators need besides is logged
where it is raised, without tokens and codes.
"""

from __future__ import annotations


class NotIn(Exception):
    """It stops here; the message is for the person who wanted in."""


class Unreachable(NotIn):
    """The provider does not answer, or answers what is none."""


class Refused(NotIn):
    """The provider, or a rule of this site, says no; or what came is not what the provider would send."""
