"""Contracts between core and what it needs from outside: Protocols and the values that pass through them."""
