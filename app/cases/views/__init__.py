"""Pages of reports, cases and their entries."""
