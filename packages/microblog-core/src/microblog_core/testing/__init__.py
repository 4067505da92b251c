"""The test kit: fixtures, a small world of people, real servers, and the conformance suites for plugin authors."""
