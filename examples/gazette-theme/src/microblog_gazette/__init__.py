"""A theme that looks like a newspaper: a nameplate, sections in a row, rules instead of cards."""
