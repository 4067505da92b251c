"""The pytest plugin: fixtures that any project with microblog-core[testing] installed gets by name."""
