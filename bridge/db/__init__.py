"""The database: tables, sessions, queries as functions. SQLite by default, PostgreSQL by URL; one code for both."""
