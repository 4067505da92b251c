"""The API's description of itself (OpenAPI 3.1), made from the declarations that also serve it.

`schemas` says what goes in and what comes out, `operations` what an endpoint does, `shared` what all have in
common, `by_hand` what no declaration says, `plugins` what plugins add, and `document` puts it together. It is
imported when somebody asks for the document: a site that nobody asks pays nothing.
"""

from __future__ import annotations

from microblog_api.openapi.document import make_document, written

__all__ = ("make_document", "written")
