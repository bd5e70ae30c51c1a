"""The books: every cent, in SQLite, as integers. The only room with sqlite3 and sqlite-utils."""
