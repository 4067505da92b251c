"""The use cases: one function each, named by its verb, `(ports, actor, command) -> result`. No input or
output of their own.
"""
