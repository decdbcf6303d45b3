"""Cases: incoming reports, the case file, what is added to it, and the book of what happened."""
