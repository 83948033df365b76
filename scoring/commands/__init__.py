"""`python -m scoring`: one module a command, and what they share."""
