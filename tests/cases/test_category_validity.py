"""A PPKS category whose validity has ended is not offered to new cases; a case that has it keeps it."""

from collections.abc import Callable
from datetime import timedelta
from types import ModuleType

import pytest
from flask import Flask

from app.cases.models.case import Case
from app.core import clock
from app.core.actor import SYSTEM
from app.db.transaction import transaction
from app.extensions import db
from app.reference.models import PpksCategory
from tests.support.client import PortalClient

AsUser = Callable[[str], PortalClient]


@pytest.fixture
def category(app: Flask, make: ModuleType) -> PpksCategory:
    return make.category()


def end_category(category: PpksCategory, days: int) -> None:
    """Set the end of validity to this many days before today."""
    with transaction(by=SYSTEM):
        db.session.get_one(PpksCategory, category.id).valid_until = clock.today() - timedelta(days=days)


def test_an_ended_category_is_not_offered_to_a_new_case(
    as_user: AsUser, make: ModuleType, category: PpksCategory
) -> None:
    rina, report = as_user("rina"), make.report()
    pages = ("/cases/add", f"/incoming-reports/{report.id}/take_up")
    end_category(category, days=0)
    assert all(category.name in rina.get(page).text for page in pages), "a category is valid on its last day"
    end_category(category, days=1)
    assert not any(category.name in rina.get(page).text for page in pages)


def test_ended_category_is_refused_when_sent(
    as_user: AsUser, make: ModuleType, category: PpksCategory
) -> None:
    end_category(category, days=1)
    form = {"client": make.client().id, "channel": "walk_in", "presenting_problem": "Lapar"}
    for name in ("categories", "primary_category"):
        answer = as_user("rina").post("/cases/add", data={**form, name: category.id})
        assert answer.status_code == 200
        assert f'id="{name}-error"' in answer.text


def test_a_case_keeps_the_category_it_has(as_user: AsUser, make: ModuleType, category: PpksCategory) -> None:
    case = make.case(categories=[category])
    end_category(category, days=1)
    rina = as_user("rina")
    assert category.name in rina.get(f"/cases/edit/{case.id}").text
    form = {
        "channel": "walk_in",
        "presenting_problem": "Lapar sekali",
        "urgency": "urgent",
        "categories": category.id,
        "primary_category": category.id,
        "version": case.version,
    }
    assert rina.post(f"/cases/edit/{case.id}", data=form).status_code == 302
    db.session.expire_all()
    assert [one.id for one in db.session.get_one(Case, case.id).categories] == [category.id]
    assert f'value="{category.id}"' in rina.get("/cases/list/").text, "the list can still be filtered by it"
