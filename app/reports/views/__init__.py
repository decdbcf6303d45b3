"""Views of the charts."""
