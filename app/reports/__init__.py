"""Charts and recaps over all rooms."""
