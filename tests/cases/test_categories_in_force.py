"""A PPKS category that no regulation names any more is not chosen anew, and stays where it stands."""

from collections.abc import Callable
from datetime import timedelta
from types import ModuleType

import pytest
from flask import Flask

from app.cases.models import Case
from app.core import clock
from app.core.actor import SYSTEM
from app.core.unit import unit
from app.extensions import db
from app.reference.models import PpksCategory
from tests.support.client import PortalClient

LogIn = Callable[[str], PortalClient]


@pytest.fixture
def old(app: Flask, make: ModuleType) -> PpksCategory:
    return make.category()


def end(category: PpksCategory, days: int) -> None:
    """Let it end so many days before today."""
    with unit(by=SYSTEM):
        db.session.get_one(PpksCategory, category.id).valid_until = clock.today() - timedelta(days=days)


def test_an_ended_category_is_not_offered_to_a_new_case(
    as_user: LogIn, make: ModuleType, old: PpksCategory
) -> None:
    rina, report = as_user("rina"), make.report()
    pages = ("/cases/add", f"/incoming-reports/{report.id}/take_up")
    end(old, days=0)
    assert all(old.name in rina.get(page).text for page in pages), "its last day is today"
    end(old, days=1)
    assert not any(old.name in rina.get(page).text for page in pages)


def test_an_ended_category_that_is_sent_all_the_same_is_refused(
    as_user: LogIn, make: ModuleType, old: PpksCategory
) -> None:
    end(old, days=1)
    form = {"client": make.client().id, "channel": "walk_in", "presenting_problem": "Lapar"}
    for name in ("categories", "primary_category"):
        answer = as_user("rina").post("/cases/add", data={**form, name: old.id})
        assert answer.status_code == 200
        assert f'id="{name}-error"' in answer.text


def test_a_case_keeps_the_category_it_has(as_user: LogIn, make: ModuleType, old: PpksCategory) -> None:
    case = make.case(categories=[old])
    end(old, days=1)
    rina = as_user("rina")
    assert old.name in rina.get(f"/cases/edit/{case.id}").text
    form = {
        "channel": "walk_in",
        "presenting_problem": "Lapar sekali",
        "urgency": "urgent",
        "categories": old.id,
        "primary_category": old.id,
        "version": case.version,
    }
    assert rina.post(f"/cases/edit/{case.id}", data=form).status_code == 302
    db.session.expire_all()
    assert [one.id for one in db.session.get_one(Case, case.id).categories] == [old.id]
    assert f'value="{old.id}"' in rina.get("/cases/list/").text, "old cases are still found by it"
