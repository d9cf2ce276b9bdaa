"""Databases that a store can be kept in: a file of SQLite, or a PostgreSQL server."""
