"""What somebody would build in an afternoon: Django admin over the portal's own tables, plain or tuned."""
