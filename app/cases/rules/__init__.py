"""Rules of a case that its models use."""
