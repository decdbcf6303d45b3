"""What may be done with users, sessions and failed log-ins."""
