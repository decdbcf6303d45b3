"""Views of reports, cases and their entries."""
