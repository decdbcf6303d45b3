"""Checks of typed values that services of all rooms share."""

from datetime import date, datetime

from flask_babel import gettext as _

from app.core import clock
from app.core.errors import PortalError


def require_text(text: str | None, field: str) -> str:
    """Return the text without surrounding blanks; raise PortalError if nothing is left."""
    if text is None or not text.strip():
        raise PortalError(_("Please say it in words."), field=field)
    return text.strip()


def require_not_in_future(moment: datetime | None, field: str) -> None:
    """Raise PortalError if the instant lies in the future."""
    if moment is not None and moment > clock.now():
        raise PortalError(
            _("This lies in the future: only what has happened can be recorded here."), field=field
        )


def require_not_in_past(day: date | None, field: str) -> None:
    """Raise PortalError if the day is before today in WITA."""
    if day is not None and day < clock.today():
        raise PortalError(_("This day is over. Choose today or a later day."), field=field)
