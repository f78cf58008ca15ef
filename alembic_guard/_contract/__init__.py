"""What can be relied on of another owner's tables, as a value that a file holds and a live database is held against."""
