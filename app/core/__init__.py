"""Base layer: technical modules without domain terms."""
