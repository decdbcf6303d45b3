"""Notices: visible to their user only, on the first page until read, with links to visible records only."""

from flask_babel import force_locale
from sqlalchemy import select

from app.db.transaction import transaction
from app.extensions import db
from app.notices.enums import NoticeKind
from app.notices.models import Notice
from app.notices.services import notify
from app.reference.enums import Confidentiality

SENTENCE = "NIK seorang klien juga dimasukkan"


def list_notices() -> list[Notice]:
    db.session.rollback()
    return list(db.session.scalars(select(Notice).order_by(Notice.id)))


def test_unread_notice_is_on_the_first_page_until_it_is_read(as_user, make) -> None:
    client = make.client(name="Klien Terlihat")
    notice = make.notice("rina", client)
    rina = as_user("rina")
    page = rina.get_page("/")
    assert SENTENCE in page
    assert f'href="/clients/show/{client.id}"' in page
    assert f'action="/notices/{notice.id}/read"' in page
    answer = rina.post(f"/notices/{notice.id}/read", data={"version": notice.version, "next": "/"})
    assert (answer.status_code, answer.location) == (302, "/")
    assert list_notices()[0].read_at is not None
    assert SENTENCE not in rina.get_page("/")
    assert SENTENCE in rina.get_page("/notices/list/")
    assert f'href="/clients/show/{client.id}"' in rina.get_page(f"/notices/show/{notice.id}")


def test_notice_is_read_once(as_user, make) -> None:
    notice = make.notice("rina")
    rina = as_user("rina")
    assert rina.post(f"/notices/{notice.id}/read", data={}).status_code == 409
    assert list_notices()[0].read_at is None
    assert rina.post(f"/notices/{notice.id}/read", data={"version": 1}).status_code == 302
    assert rina.post(f"/notices/{notice.id}/read", data={"version": 2}).status_code == 409
    assert rina.post(f"/notices/{notice.id}/read", data={"version": 2}, csrf=False).status_code == 400


def test_notices_of_others_are_not_found(as_user, make) -> None:
    notice = make.notice("rina")
    for who in ("dodi", "admin", "kabid"):
        browser = as_user(who)
        assert SENTENCE not in browser.get_page("/")
        assert SENTENCE not in browser.get_page("/notices/list/")
        assert browser.get(f"/notices/show/{notice.id}").status_code == 404
        assert browser.post(f"/notices/{notice.id}/read", data={"version": 1}).status_code == 404
    assert list_notices()[0].read_at is None


def test_all_three_roles_read_their_own_notices(as_user, make) -> None:
    for who in ("admin", "rina", "kabid"):
        notice = make.notice(who)
        browser = as_user(who)
        assert SENTENCE in browser.get_page("/")
        assert browser.get(f"/notices/show/{notice.id}").status_code == 200
        assert browser.post(f"/notices/{notice.id}/read", data={"version": 1}).status_code == 302


def test_same_notice_is_not_given_twice_while_it_is_unread(as_user, make) -> None:
    client = make.client()
    first = make.notice("rina", client)
    make.notice("rina", client)
    assert len(list_notices()) == 1
    as_user("rina").post(f"/notices/{first.id}/read", data={"version": 1})
    make.notice("rina", client)
    assert len(list_notices()) == 2


def test_sentence_contains_no_name(make, app) -> None:
    client = make.client(name="Mawar Melati", nik="6474015708450001")
    notice = make.notice("rina", client)
    with app.test_request_context(), force_locale("id"):
        assert str(notice.sentence).startswith(SENTENCE)
        assert "Mawar" not in str(notice)


def test_notice_does_not_name_a_record_that_is_hidden_from_its_user(as_user, make) -> None:
    case = make.case(by="dodi", confidentiality=Confidentiality.secret)
    number = case.number
    with transaction(by=make.get_user("admin")):
        for who in ("dodi", "rina"):
            notify(make.get_user(who), NoticeKind.break_glass, case)
    for notice, who, is_named in zip(list_notices(), ("dodi", "rina"), (True, False), strict=True):
        page = as_user(who).get_page(f"/notices/show/{notice.id}")
        assert (number in page) is is_named, who


def test_notice_of_a_table_without_pages_has_no_link(as_user, make) -> None:
    client = make.client()
    with transaction(by=make.get_user("rina")):
        notify(make.get_user("rina"), NoticeKind.nik_to_check, client, client)
        db.session.execute(db.text("UPDATE notice SET entity = 'nothing'"))
    page = as_user("rina").get_page("/")
    assert SENTENCE in page
    assert f"/clients/show/{client.id}" not in page
