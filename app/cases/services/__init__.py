"""What may be done with reports, cases and their entries; every verb on a case writes one event."""
