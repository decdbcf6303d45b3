"""A view is closed until it has declared everything."""

import pytest
from flask import Flask

from app.core.views import PortalInterface, PortalView
from app.grants.models import FundingSource


def test_a_view_without_its_declarations_does_not_start(built: Flask) -> None:
    class Undeclared(PortalView):
        datamodel = PortalInterface(FundingSource)

    with pytest.raises(TypeError, match=r"list_columns.*visible_to.*list_title.*show_columns"):
        Undeclared()


def test_a_view_says_which_label_and_which_verb_is_missing(built: Flask) -> None:
    from sqlalchemy import true

    from app.core.moves import Move

    class Half(PortalView):
        datamodel = PortalInterface(FundingSource)
        list_title = show_title = add_title = edit_title = "x"
        label_columns = {"name": "Name"}
        list_columns = ["name", "note"]
        card = {"name": "title"}
        search_columns: list[str] = []
        order_columns = ["name"]
        base_order = ("name", "asc")
        show_columns = add_columns = edit_columns = ["name"]
        visible_to = staticmethod(lambda user: true())
        moves = (Move("close", "Close"),)

    with pytest.raises(TypeError, match=r"label_columns\[note\].*move_verbs\[close\]"):
        Half()
