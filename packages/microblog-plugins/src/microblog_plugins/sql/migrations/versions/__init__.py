"""One module for each revision, named by its number and what it does."""
