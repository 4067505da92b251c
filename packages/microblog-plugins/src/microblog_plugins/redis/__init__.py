"""Redis and Valkey: a room that a site may have or not (extra `redis`).

Jobs go to workers through a stream. Nothing here is the only copy of anything: Redis may forget it all.
"""
