"""One database for a site, SQLite in a file or PostgreSQL: tables, connection, migration, and what the audit trail is
told together with a write.
"""
