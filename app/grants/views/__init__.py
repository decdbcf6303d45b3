"""Views of grants and money entries."""
