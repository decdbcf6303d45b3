"""Partners: agencies and people to whom the office refers clients, their contacts and services."""
