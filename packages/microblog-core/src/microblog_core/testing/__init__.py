"""The test kit: fixtures, a small world of people, real servers, and conformance suites for plugins."""
