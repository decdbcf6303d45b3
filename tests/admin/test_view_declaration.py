"""A view with missing declarations does not start."""

from typing import Any

import pytest
from flask import Flask

from app.admin.base import PortalView
from app.admin.interface import PortalInterface
from app.core.transitions import Transition
from app.db.policy import Policy, StaffPolicy
from app.grants.models.pots import FundingSource
from app.grants.policy import FundingSourcePolicy, GrantPolicy


def test_view_without_declarations_does_not_start(shared_app: Flask) -> None:
    class Undeclared(PortalView):
        datamodel = PortalInterface(FundingSource)

    with pytest.raises(TypeError, match=r"list_columns.*list_title.*policy of FundingSource.*show_columns"):
        Undeclared()


class ViewOfNames(PortalView):
    """A view that declares everything except its policy."""

    datamodel = PortalInterface(FundingSource)
    list_title = show_title = add_title = edit_title = "x"
    label_columns = {"name": "Name"}
    list_columns = ["name"]
    mobile_columns = {"name": "title"}
    search_columns: list[str] = []
    order_columns = ["name"]
    base_order = ("name", "asc")
    show_columns = add_columns = edit_columns = ["name"]


class OpenPolicy(Policy[FundingSource]):
    """A policy without `visible_to`."""

    model = FundingSource


def test_view_with_its_policy_starts(shared_app: Flask) -> None:
    class Complete(ViewOfNames):
        policy = FundingSourcePolicy

    Complete()


def test_view_without_a_policy_does_not_start(shared_app: Flask) -> None:
    with pytest.raises(TypeError, match=r"does not declare: policy of FundingSource$"):
        ViewOfNames()


@pytest.mark.parametrize("declared", [OpenPolicy, GrantPolicy, StaffPolicy])
def test_view_with_an_incomplete_or_foreign_policy_does_not_start(
    shared_app: Flask, declared: type[Policy[Any]]
) -> None:
    class Wrong(ViewOfNames):
        policy = declared

    with pytest.raises(TypeError, match=r"does not declare: policy of FundingSource$"):
        Wrong()


def test_view_names_the_missing_label_and_service(shared_app: Flask) -> None:
    class Half(ViewOfNames):
        policy = FundingSourcePolicy
        list_columns = ["name", "created_at"]
        transitions = (Transition("close", "Close"),)

    with pytest.raises(TypeError, match=r"label_columns\[created_at\].*transition_services\[close\]"):
        Half()


def test_view_with_an_internal_column_in_a_form_does_not_start(shared_app: Flask) -> None:
    class Exposed(ViewOfNames):
        policy = FundingSourcePolicy
        label_columns = {"name": "Name", "version": "Version"}
        edit_columns = ["name", "version"]

    with pytest.raises(TypeError, match="Exposed has internal columns in a form: version"):
        Exposed()
