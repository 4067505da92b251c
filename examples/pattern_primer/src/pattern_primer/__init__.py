"""The classic patterns, one module each. Start with `python -m pattern_primer`."""
