"""Cases: incoming reports, case files, their entries, and the chained events of each case."""
