"""Pure values and rules of a microblog: standard library and msgspec only, no input or output."""
