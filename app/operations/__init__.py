"""Set-up, backup, restore and checks of an installation."""
