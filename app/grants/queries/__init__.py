"""Queries of grants: balance, figures, forecast, lists."""
