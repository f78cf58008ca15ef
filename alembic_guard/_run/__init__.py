"""The body of env.py: which database, how to connect, what must be there before the first migration runs."""
