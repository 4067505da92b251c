"""Many open streams: what one costs, and how long it takes until the last of them has an event."""
