"""A small microblogging site on the standard library and core, without a framework."""
