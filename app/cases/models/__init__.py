"""Tables of the cases; imported whole, because relationships name each other's classes."""

from app.cases.models import case, emergency, entries, event, links, process, report, report_clock

__all__ = ["case", "emergency", "entries", "event", "links", "process", "report", "report_clock"]
