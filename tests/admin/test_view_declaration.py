"""A view is closed until it has declared everything."""

import pytest
from flask import Flask

from app.admin.base import PortalView
from app.admin.interface import PortalInterface
from app.grants.models.pots import FundingSource


def test_a_view_without_its_declarations_does_not_start(shared_app: Flask) -> None:
    class Undeclared(PortalView):
        datamodel = PortalInterface(FundingSource)

    with pytest.raises(TypeError, match=r"list_columns.*visible_to.*list_title.*show_columns"):
        Undeclared()


def test_view_names_the_missing_label_and_service(shared_app: Flask) -> None:
    from sqlalchemy import true

    from app.core.transitions import Transition

    class Half(PortalView):
        datamodel = PortalInterface(FundingSource)
        list_title = show_title = add_title = edit_title = "x"
        label_columns = {"name": "Name"}
        list_columns = ["name", "note"]
        mobile_columns = {"name": "title"}
        search_columns: list[str] = []
        order_columns = ["name"]
        base_order = ("name", "asc")
        show_columns = add_columns = edit_columns = ["name"]
        visible_to = staticmethod(lambda user: true())
        transitions = (Transition("close", "Close"),)

    with pytest.raises(TypeError, match=r"label_columns\[note\].*transition_services\[close\]"):
        Half()
