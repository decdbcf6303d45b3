"""Tables of the cases package.

All modules are imported here, because relationships name classes of the other modules.
"""

from app.cases.models import case, emergency, entries, event, links, process, report, report_clock

__all__ = ["case", "emergency", "entries", "event", "links", "process", "report", "report_clock"]
