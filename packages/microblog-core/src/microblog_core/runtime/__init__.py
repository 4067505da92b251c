"""What runs after a commit: the event bus, the outbox, the durable job runner, its schedules."""
