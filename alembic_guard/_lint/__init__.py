"""Names before anything is imported or created: what Python, SQLAlchemy and the database do with them."""
