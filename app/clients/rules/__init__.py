"""Rules about a client's numbers and age that need no database."""
