"""A worker for the jobs in a process of its own, on taskiq."""
