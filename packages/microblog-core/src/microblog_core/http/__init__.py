"""HTTP without a framework: what all surfaces share, as pure ASGI pieces. Pages and resources live in
them.
"""
