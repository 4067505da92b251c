"""The worker and the scheduler, on taskiq."""
