"""What the administrator of the machine does: set up, back up, restore, check. Knows no domain word."""
