"""An authenticator for Microblog: a reverse proxy says who somebody is, and signs it."""
