"""The house view: a room subclasses `PortalView` and only declares."""

from app.core.views.interface import PortalInterface
from app.core.views.moving import Moving

__all__ = ["PortalInterface", "PortalView"]


class PortalView(Moving):
    """FAB's ModelView, closed by default, safe, fast and translatable; see the recipes in the README."""
