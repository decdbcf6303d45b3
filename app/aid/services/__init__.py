"""What may be done with aid."""
