"""Form, saved case and timeline show that a tag or category raises the confidentiality of a case."""

from types import ModuleType

import pytest
from flask import Flask
from sqlalchemy import select

from app.cases.models.case import Case
from app.cases.models.event import CaseEvent
from app.extensions import db
from app.reference.enums import Confidentiality
from app.reference.models import PpksCategory, ProblemTag
from tests.cases.support import AsUser, reload
from tests.support.client import PortalClient

TIER_MESSAGES = {
    Confidentiality.secret: "Kasus ini sekarang rahasia",
    Confidentiality.limited: "Kasus ini sekarang terbatas",
    Confidentiality.ordinary: "Kasus ini sekarang",
}


def save_and_follow(browser: PortalClient, address: str, **data: object) -> str:
    """Post the form; return the page that the redirect leads to."""
    answer = browser.post(address, data=data)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return browser.get_page(answer.location)


def list_raised_tiers(case: Case) -> list[str]:
    """Return the tiers that the events of the case name, in the order of the query."""
    recorded = db.session.scalars(select(CaseEvent.data).where(CaseEvent.case_id == case.id))
    return [str(data["confidentiality"]) for data in recorded if data and "confidentiality" in data]


@pytest.mark.parametrize("tier", list(Confidentiality), ids=lambda tier: tier.name)
def test_answer_shows_once_that_a_tag_raised_the_tier(
    app: Flask, make: ModuleType, as_user: AsUser, tier: Confidentiality
) -> None:
    case, tag, rina = make.case(), make.tag(tier), as_user("rina")
    form = {"version": case.version, "channel": "family", "presenting_problem": "Lebam", "tags": tag.id}
    page = save_and_follow(rina, f"/cases/edit/{case.id}", **form)
    raised = tier is not Confidentiality.ordinary
    assert (TIER_MESSAGES[tier] in page) is raised
    assert reload(case).confidentiality is tier
    recorded = [tier.name] if raised else []
    assert list_raised_tiers(case) == recorded
    assert ("masalah atau kategori yang dipilih menjadikan" in page) is raised, "wrong text in the timeline"
    again = save_and_follow(
        rina, f"/cases/edit/{case.id}", **form | {"version": case.version, "focus": "poverty"}
    )
    assert TIER_MESSAGES[Confidentiality.ordinary] not in again
    assert list_raised_tiers(case) == recorded


def test_new_case_shows_the_raised_tier_unless_the_form_chose_it(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    category, rina = make.category(Confidentiality.secret), as_user("rina")
    form = {"channel": "family", "presenting_problem": "Lebam", "primary_category": category.id}
    page = save_and_follow(rina, "/cases/add", client=make.client().id, **form)
    assert TIER_MESSAGES[Confidentiality.secret] in page
    page_with_choice = save_and_follow(
        rina, "/cases/add", client=make.client().id, confidentiality="secret", **form
    )
    assert TIER_MESSAGES[Confidentiality.secret] not in page_with_choice
    made = db.session.scalars(select(Case).order_by(Case.id)).all()
    assert [len(list_raised_tiers(case)) for case in made] == [1, 0]
    assert {case.confidentiality for case in made} == {Confidentiality.secret}


def test_taking_up_a_report_shows_the_raised_tier(app: Flask, make: ModuleType, as_user: AsUser) -> None:
    category, report = make.category(Confidentiality.limited), make.report()
    form = {"version": report.version, "name": "Nurhayati", "primary_category": category.id}
    page = save_and_follow(as_user("rina"), f"/incoming-reports/{report.id}/take_up", **form)
    assert TIER_MESSAGES[Confidentiality.limited] in page


def test_every_form_with_tags_or_categories_explains_their_effect_on_the_tier(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    tag = db.session.scalars(select(ProblemTag).filter_by(code="domestic_violence")).one()
    child = db.session.scalars(
        select(PpksCategory).filter_by(confidentiality=Confidentiality.secret).limit(1)
    ).one()
    case, report, rina = make.case(), make.report(), as_user("rina")
    forms = ["/cases/add", f"/cases/edit/{case.id}", f"/incoming-reports/{report.id}/take_up"]
    pages = [rina.get_page(form) for form in forms]
    assert [f"{tag.name} · kasus menjadi rahasia" in page for page in pages] == [True, True, False]
    assert [f"{child.label} · kasus menjadi rahasia" in page for page in pages] == [True] * 3
    assert f"{tag.name} · kasus menjadi rahasia" not in rina.get_page(f"/cases/show/{case.id}")
    assert [name for name in ("Utang keluarga ·",) if name in pages[0]] == []


def test_joining_a_case_shows_no_message_about_its_tier(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    case, report = make.case(tags=[make.tag(Confidentiality.secret)]), make.report()
    form = {"version": report.version, "case": case.id}
    page = save_and_follow(as_user("rina"), f"/incoming-reports/{report.id}/take_up", **form)
    assert TIER_MESSAGES[Confidentiality.ordinary] not in page
    assert len(list_raised_tiers(case)) == 1


def test_user_who_hides_the_case_from_themselves_is_led_to_the_list(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    case, admin = make.case(by="rina"), as_user("admin")
    form = {"version": case.version, "confidentiality": "secret", "reason": "Anak"}
    answer = admin.post(
        f"/cases/{case.id}/raise_confidentiality", data={**form, "next": f"/cases/show/{case.id}"}
    )
    assert answer.location == "/cases/list/"
    assert admin.get(f"/cases/show/{case.id}").status_code == 404
