"""How fast the portal is: beside Django admin and beside the least that could be done, on the same rows."""
