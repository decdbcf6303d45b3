"""Database layer: base models, column types, sessions, transactions, search, triggers, the write queue."""
