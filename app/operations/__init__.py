"""Set-up, backup, restore and consistency checks of an installation."""
