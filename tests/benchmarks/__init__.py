"""Benchmark of the portal against Django admin and against raw SQL, on the same rows."""
