"""Pages of the charts."""
