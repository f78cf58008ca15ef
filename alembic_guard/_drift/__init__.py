"""Model against database: which database it is, what of the models it does not have, and why."""
