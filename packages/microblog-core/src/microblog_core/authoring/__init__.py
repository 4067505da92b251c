"""For the authors of plugins: projects to begin with, and a check of what they became.

`kinds` are what there is to begin with, `projects` makes one; `checking` looks at one. Nothing here is used
by a site that runs.
"""
