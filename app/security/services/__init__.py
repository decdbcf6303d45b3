"""Services of users, sessions and failed log-ins."""
