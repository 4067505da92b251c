"""First-party adapters, one room each; a room imports no other room."""
