"""Rules about clients that need no database."""
