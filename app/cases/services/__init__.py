"""Services on reports, cases and their entries; each service on a case writes one event."""
