"""A small town's site with people who talk to one another, and pictures of its pages for docs/tour.md.

`python -m tools.tour` (`nox -s tour`) takes the pictures; benchmarks measure pages of the same site.
"""
