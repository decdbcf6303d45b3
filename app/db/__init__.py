"""What stands on the database session: writing that no request waits for."""
