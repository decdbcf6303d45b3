"""The base class of all model views."""

from app.admin.transition_page import TransitionPage


class PortalView(TransitionPage):
    """FAB's ModelView, closed by default, safe, fast and translatable; see the recipes in the README."""
