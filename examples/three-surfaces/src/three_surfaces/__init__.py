"""Two surfaces beside the website: a Starlette application that speaks JSON, and a Django application."""
