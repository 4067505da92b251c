"""A channel for Microblog that speaks IRC."""
