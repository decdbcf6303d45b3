"""Timeline of a case, on the screen and as a printed progress report."""
