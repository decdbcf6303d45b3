"""The base class of all model views."""

from app.admin.transition_page import TransitionPage


class PortalView(TransitionPage):
    """Base class of all model views: FAB's ModelView with all pages of this package (README, *Recipes*)."""
