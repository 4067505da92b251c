"""The public website: controllers, templates and the themed page renderer."""
