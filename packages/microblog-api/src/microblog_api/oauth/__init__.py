"""The authorization server (OAuth 2): applications register, people let them in, and they get tokens.

`protocol` decides by authlib what may be granted, from what was loaded before; `services.applications` stores
it. Each other file is one part of what applications and people see.
"""
