"""Django admin on the portal's tables, plain or tuned: what could be built in an afternoon."""
