"""Pages of aid: a peksos plans and hands it over, supervisors read it, and its note is a numbered PDF."""

from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from app.aid.models import Aid
from app.aid.services.aid import hand_over_aid
from app.aid.transitions import AidKind, AidState
from app.audit.enums import Action
from app.audit.models import AuditEntry
from app.core import clock
from app.extensions import db
from app.grants.enums import Purpose
from app.reference.enums import Confidentiality
from tests.grants.support import MILLION
from tests.support.photos import plain_png


def _newest_aid() -> Aid | None:
    db.session.rollback()
    return db.session.scalars(select(Aid).order_by(Aid.id.desc())).first()


def _aid_form(case, **data):
    return {"case": str(case.id), "kind": "cash", "item": "Biaya sekolah", "value": "450.000", **data}


def test_cash_from_a_grant_is_proposed_approved_and_handed_over(as_user, make) -> None:
    case = make.case(client=make.client(name="Suryani"))
    pot = make.funded_grant(Purpose.client_aid, ceiling_initial=10 * MILLION)
    rina, admin = as_user("rina"), as_user("admin")
    assert rina.get(f"/aid/add?case={case.id}").status_code == 200
    answer = rina.post("/aid/add", data=_aid_form(case, grant=str(pot.id)))
    aid = _newest_aid()
    assert (answer.status_code, answer.location) == (302, f"/aid/show/{aid.id}")
    hand = {"version": aid.version, "received_by": "Suryani", "handed_over_at": ""}
    early = rina.post(f"/aid/{aid.id}/hand_over", data=hand)
    assert early.status_code == 409
    assert f"/expenditures/show/{aid.expenditure_id}" in early.text
    assert rina.get(f"/aid/{aid.id}/handover.pdf").status_code == 404
    admin.post(f"/expenditures/{aid.expenditure_id}/approve", data={"version": 1})
    photo = (BytesIO(plain_png()), "serah.png")
    assert rina.post(f"/aid/{aid.id}/hand_over", data={**hand, "evidence": photo}).status_code == 302
    assert _newest_aid().state is AidState.handed_over
    assert rina.get(f"/aid/{aid.id}/file/evidence").status_code == 200
    assert f"001/BAST/LK3/{clock.current_year()}" in rina.get_page(f"/cases/{case.id}/timeline")
    assert "Rp\xa0450.000" in rina.get_page(f"/cases/show/{case.id}")


def test_note_has_the_amount_in_words_and_printing_is_audited(as_user, make, call_service, people) -> None:
    aid = make.aid(kind=AidKind.cash, value=25 * MILLION)
    call_service(hand_over_aid, aid, received_by="Suryani", by="rina")
    answer = as_user("rina").get(f"/aid/{aid.id}/handover.pdf")
    text = " ".join(PdfReader(BytesIO(answer.data)).pages[0].extract_text().split())
    for words in ("dua puluh lima juta rupiah", aid.handover_number, "Suryani", aid.case.number):
        assert words in text
    printed = select(AuditEntry.actor_id).filter_by(action=Action.print, entity="aid", entity_id=aid.id)
    assert db.session.scalars(printed).all() == [people.rina.id]


def test_repeated_cash_aid_needs_a_reason(as_user, make) -> None:
    case = make.case()
    first = make.aid(case=case, kind=AidKind.cash, value=MILLION)
    rina, partner = as_user("rina"), make.partner()
    stopped = rina.post("/aid/add", data=_aid_form(case, partner=str(partner.id)))
    assert (stopped.status_code, _newest_aid().id) == (200, first.id)
    assert "Rp\xa01.000.000" in stopped.text
    assert f'href="/aid/show/{first.id}"' in stopped.text
    assert 'href="#again_reason"' in stopped.text
    again = _aid_form(case, partner=str(partner.id), again_reason="Rumahnya terbakar.")
    assert rina.post("/aid/add", data=again).status_code == 302
    assert "Rumahnya terbakar." in rina.get_page(f"/aid/show/{_newest_aid().id}")


@pytest.mark.parametrize("written", ["750,000", "-1", "0", "1" + "0" * 18])
def test_invalid_value_is_refused(as_user, make, written: str) -> None:
    case, partner = make.case(), make.partner()
    answer = as_user("rina").post("/aid/add", data=_aid_form(case, value=written, partner=str(partner.id)))
    assert (answer.status_code, _newest_aid()) == (200, None)
    assert 'href="#value"' in answer.text


def test_supervisors_read_aid_and_change_nothing(as_user, make) -> None:
    aid = make.aid()
    kabid = as_user("kabid")
    assert kabid.get(f"/aid/show/{aid.id}").status_code == 200
    for page in ("/aid/add", f"/aid/{aid.id}/hand_over", f"/aid/{aid.id}/cancel"):
        assert kabid.get(page).status_code == 403
        assert kabid.post(page, data={"version": aid.version}).status_code == 403


def test_aid_of_a_hidden_case_is_not_found(as_user, make) -> None:
    aid = make.aid(case=make.case(confidentiality=Confidentiality.limited))
    sari = as_user("sari")
    for page in (f"/aid/show/{aid.id}", f"/aid/{aid.id}/hand_over", f"/aid/{aid.id}/handover.pdf"):
        assert sari.get(page).status_code == 404
    assert sari.post(f"/aid/{aid.id}/hand_over", data={"version": 1, "received_by": "x"}).status_code == 404
    assert f"/aid/show/{aid.id}" not in sari.get_page("/aid/list/")


def test_aid_from_partners_is_shown_beside_the_money_of_the_year(as_user, make, call_service) -> None:
    kabid, year = as_user("kabid"), clock.current_year()
    assert "Rp\xa03.000.000" not in kabid.get_page(f"/statistics/money/?year={year}")
    call_service(hand_over_aid, make.aid(kind=AidKind.cash, value=3 * MILLION), received_by="Siti", by="rina")
    assert "Rp\xa03.000.000" in kabid.get_page(f"/statistics/money/?year={year}")
    assert "Rp\xa03.000.000" not in kabid.get_page(f"/statistics/money/?year={year - 1}")


def test_aid_from_partners_in_hidden_cases_is_not_in_the_sum_of_a_peksos(as_user, make, call_service) -> None:
    sari = as_user("sari")
    before = sari.get_page("/statistics/money/")
    hidden = make.case(by="dodi", confidentiality=Confidentiality.secret)
    given = make.aid(by="dodi", case=hidden, partner=make.partner(), value=7_654_321)
    call_service(hand_over_aid, given, received_by="Klien", by="dodi")
    assert sari.get_page("/statistics/money/").count("Rp") == before.count("Rp")
    for reader in ("dodi", "kabid", "admin"):
        assert "Rp\xa07.654.321" in as_user(reader).get_page("/statistics/money/")
    assert "Rp\xa07.654.321" not in sari.get_page("/statistics/money/")
