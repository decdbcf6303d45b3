"""Faults that a review proved, each once: what is hidden, what is counted, what is lost."""

from collections.abc import Callable
from datetime import date
from types import ModuleType, SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value

from app.clients.choices import HouseholdRole
from app.core import files
from app.core.unit import unit
from app.extensions import db
from app.partners.models import Partner
from app.reference.choices import Confidentiality
from app.reference.models import Kelurahan
from tests.support.client import PortalClient

LogIn = Callable[[str], PortalClient]


@pytest.fixture
def admin(as_user: LogIn) -> PortalClient:
    return as_user("admin")


def test_the_comparison_of_two_editors_names_nobody_who_is_hidden(as_user: LogIn, make: ModuleType) -> None:
    home = make.household()
    head = make.client(name="Rahasia Besar", household=home, household_role=HouseholdRole.head)
    member = make.client(name="Anggota Biasa", household=home, household_role=HouseholdRole.child)
    make.case(by="dodi", client=head, confidentiality=Confidentiality.secret)
    answer = as_user("sari").post(f"/clients/edit/{member.id}", data={"name": "Anggota", "version": "0"})
    assert answer.status_code == 409
    assert "Rahasia Besar" not in answer.text


def test_links_alone_count_as_a_change(admin: PortalClient, make: ModuleType) -> None:
    partner = make.partner(name="Dapur Umum")
    first, second = db.session.scalars(select(Kelurahan.id).order_by(Kelurahan.id).limit(2))
    form = {"name": "Dapur Umum", "kind": "community", "accepting": "y", "version": "1"}
    path = f"/partners/edit/{partner.id}"
    assert admin.post(path, data={**form, "coverage": str(first)}).status_code == 302
    assert admin.post(path, data={**form, "coverage": str(second)}).status_code == 409
    db.session.expire_all()
    assert [one.id for one in db.session.get_one(Partner, partner.id).coverage] == [first]


def test_whoever_sees_four_digits_of_a_nik_cannot_ask_for_the_others(
    as_user: LogIn, make: ModuleType
) -> None:
    make.client(name="Siti Aminah", nik="6474015708459834", phone="0812-0000-4321", nik_note="uji")
    kabid, rina = as_user("kabid"), as_user("rina")
    for part in ("9834", "59834", "474015", "siti+9834", "0000-4321"):
        assert kabid.get(f"/api/v1/options/clients?q={part}").json["results"] == []
        assert "Siti Aminah" not in kabid.get(f"/clients/list/?q={part}").text
    assert rina.get("/api/v1/options/clients?q=59834").json["results"]
    for whole in ("6474015708459834", "0812-0000-4321", "siti"):
        assert kabid.get(f"/api/v1/options/clients?q={whole}").json["results"], whole


def test_the_phone_of_a_reporter_stays_in_the_report(as_user: LogIn, make: ModuleType) -> None:
    report = make.report(reporter_name="Pak Usman", reporter_phone="0812-0000-7427")
    answer = as_user("rina").post(
        f"/incoming-reports/{report.id}/take_up", data={"name": "Zubaidah", "version": report.version}
    )
    assert answer.status_code == 302
    page = as_user("kabid").get(answer.location).text
    assert "Pak Usman" in page
    assert "00007427" not in page


def test_refused_log_ins_are_counted_in_any_form(nobody: PortalClient) -> None:
    answers = [
        nobody.post(
            "/login/", json={"username": f"x{n}", "password": "salah sekali 123", "provider": "db"}
        ).status_code
        for n in range(25)
    ]
    assert 429 in answers


@pytest.mark.parametrize(
    "address",
    [
        f"/clients/list/?_flt_1_created_at={date.max}",
        "/clients/list/?_flt_0_created_at=0001-01-01",
        "/clients/list/?page_ClientView=²",
        "/clients/list/?_flt_0_kelurahan=²",
        "/api/v1/options/clients?page=²",
        "/cases/list/?_flt_0_category_links=1",
        "/households/list/?_flt_0_members=1",
    ],
)
def test_an_argument_that_was_never_offered_is_a_bad_request(admin: PortalClient, address: str) -> None:
    assert admin.get(address).status_code == 400


def test_a_form_that_was_saved_left_and_changed_loses_nothing(as_user: LogIn, make: ModuleType) -> None:
    case, rina = make.case(by="rina"), as_user("rina")
    form = {"case": case.id, "text": "Pertama", "form_key": "b" * 43}
    assert rina.post("/case-notes/add", data=form).status_code == 302
    again = rina.post("/case-notes/add", data={**form, "text": "Sudah dibetulkan"})
    assert again.status_code == 409
    assert "Sudah dibetulkan" in again.text


def test_a_fault_of_ours_leaves_no_file_behind(
    as_user: LogIn, make: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    from app.cases.views import AttachmentView

    def broken(data: object, *, by: object) -> None:
        raise RuntimeError("broken on purpose")

    case = make.case(by="rina")
    monkeypatch.setattr(AttachmentView, "add_verb", staticmethod(broken))
    upload = {"case": case.id, "title": "Surat", "file": (io.BytesIO(b"%PDF-1.7 x"), "surat.pdf")}
    answer = as_user("rina").post("/attachments/add", data=upload, content_type="multipart/form-data")
    assert answer.status_code == 500
    assert not list(files.keys_on_disk())


def test_of_two_who_change_an_account_at_once_one_is_told(people: SimpleNamespace) -> None:
    from app.core.errors import Conflict
    from app.security.services import update_user

    sari, seen = people.sari, people.sari.version
    db.session.rollback()
    with db.engine.begin() as other:
        other.exec_driver_sql("UPDATE ab_user SET version = version + 1 WHERE username = 'sari'")
    set_committed_value(sari, "version", seen)
    with pytest.raises(Conflict), unit(by=people.admin):
        update_user(sari, {"first_name": "Sari Baru", "roles": ["Peksos"]}, by=people.admin)
