"""Charts and statistics across the domain packages."""
