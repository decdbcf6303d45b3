"""Letter of a referral: content, paper size, number, QR code, and who may print it."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import ModuleType

import pypdf
import pytest

from app.audit.enums import Action
from app.audit.models import AuditEntry
from app.core import clock
from app.core.errors import PortalError
from app.db.transaction import transaction
from app.extensions import db
from app.reference.enums import Confidentiality
from app.reference.services import add_office_setting, edit_office_setting, get_office_setting
from app.referrals.enums import SharedField
from app.referrals.models.referral import Referral
from app.referrals.services import links
from app.referrals.services.office import cancel_referral
from tests.referrals.partner_link import share_and_send
from tests.support.client import PortalClient
from tests.support.portal import get_user

AsUser = Callable[[str], PortalClient]
A4_POINTS, F4_POINTS = (595, 842), (595, 935)


def read_pdf(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf))


def pdf_text(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in read_pdf(pdf).pages).split())


def letter_text(client: PortalClient, referral: Referral, **args: str) -> str:
    response = client.get(f"/referrals/{referral.id}/letter.pdf", query_string=args)
    assert response.status_code == 200
    return pdf_text(response.get_data())


def test_letter_contains_only_the_shared_fields(make: ModuleType, as_user: AsUser) -> None:
    referral = share_and_send(make, SharedField.identity, SharedField.sex_and_age)
    make.assessment(case=referral.case, summary="Risiko tinggi, pelaku serumah")
    make.note(case=referral.case, text="Catatan yang tidak keluar")
    text = letter_text(as_user("rina"), referral)
    for shown in ("Suryani Wulan", "Biaya hidup dua bulan", referral.letter_number, referral.partner.name):
        assert shown in text
    hidden = ("6474015708450001", "0812-5000", "Gang Rahasia", "Dipukul", "Risiko tinggi", "tidak keluar")
    assert [one for one in (*hidden, referral.case.number) if one in text] == []


def test_letter_leaves_out_what_was_recorded_after_the_sending(make: ModuleType, as_user: AsUser) -> None:
    with clock.freeze_time(clock.now() - timedelta(days=3)):
        referral = share_and_send(make, *SharedField)
    make.assessment(case=referral.case, summary="Temuan sesudah surat dikirim")
    text = letter_text(as_user("rina"), referral)
    assert "Temuan sesudah" not in text
    assert "6474015708450001" in text
    assert "Dipukul suami" in text


def test_markup_in_typed_text_is_not_interpreted(make: ModuleType, as_user: AsUser) -> None:
    referral = share_and_send(make, SharedField.identity, name='#panic("x") $1$ *Siti* <a>')
    assert '#panic("x") $1$ *Siti* <a>' in letter_text(as_user("rina"), referral)


@pytest.mark.parametrize(("paper", "size"), [("a4", A4_POINTS), ("f4", F4_POINTS)])
def test_letter_is_printed_on_a4_and_f4(
    make: ModuleType, as_user: AsUser, paper: str, size: tuple[int, int]
) -> None:
    referral = make.sent_referral()
    response = as_user("rina").get(f"/referrals/{referral.id}/letter.pdf?paper={paper}")
    page = read_pdf(response.get_data()).pages[0]
    assert (int(page.mediabox.width), int(page.mediabox.height)) == pytest.approx(size, abs=1)
    assert len(read_pdf(response.get_data()).pages) == 1


def test_letter_has_a_safe_file_name_and_the_print_is_audited(make: ModuleType, as_user: AsUser) -> None:
    referral = make.sent_referral()
    response = as_user("kabid").get(f"/referrals/{referral.id}/letter.pdf")
    assert response.mimetype == "application/pdf"
    assert response.headers["Content-Disposition"] == f'inline; filename="referral-{referral.id}.pdf"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    audited = db.session.scalars(db.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert audited is not None
    assert (audited.action.name, audited.entity, audited.entity_id) == ("print", "referral", referral.id)
    assert audited.actor_id == get_user("kabid").id


def test_an_old_letter_keeps_the_old_name_of_the_office(make: ModuleType, as_user: AsUser) -> None:
    with clock.freeze_time(clock.now() - timedelta(days=10)):
        old = make.sent_referral()
    admin = get_user("admin")
    with transaction(by=admin):
        add_office_setting(
            {
                "valid_from": clock.today() - timedelta(days=1),
                "office_name": "LK3 Baru",
                "parent_office": "Dinas Baru",
                "letter_pattern": "900/{number}/BARU/{month}/{year}",
                "letter_copies": "Wali Kota\nArsip",
            },
            by=admin,
        )
    new = make.sent_referral()
    before, after = letter_text(as_user("rina"), old), letter_text(as_user("rina"), new)
    assert "DINAS SOSIAL DAN PEMBERDAYAAN MASYARAKAT" in before
    assert "Dinas Baru" not in before
    assert "Dinas Baru" in after
    assert "Wali Kota" in after
    assert new.letter_number is not None
    assert new.letter_number.startswith("900/")
    assert "/BARU/" in new.letter_number


def test_letter_pattern_must_contain_number_and_year(make: ModuleType) -> None:
    admin, office = get_user("admin"), get_office_setting()
    assert office is not None
    for pattern in ("460/LK3", "{number}/{nama}/{year}", "{number}", "{number}/{year}/{", "{number!r}{year}"):
        with pytest.raises(PortalError) as refused, transaction(by=admin):
            edit_office_setting(office, {"letter_pattern": pattern}, by=admin)
        assert refused.value.field == "letter_pattern"


def test_qr_code_links_to_the_partner_page_and_is_the_same_on_every_print(
    make: ModuleType, as_user: AsUser, anonymous_client: PortalClient
) -> None:
    referral = make.sent_referral()
    token = links.get_letter_token(referral)
    assert token == links.get_letter_token(referral)
    assert token is not None
    assert anonymous_client.get(f"/r/{token}").status_code == 200
    url = f"/referrals/{referral.id}/letter.pdf"
    first, second = as_user("rina").get(url), as_user("rina").get(url)
    assert [one.status_code for one in (first, second)] == [200, 200]
    assert len(first.get_data()) == len(second.get_data())


def test_letter_of_a_cancelled_referral_has_no_qr(make: ModuleType, as_user: AsUser) -> None:
    referral = make.sent_referral()
    with_qr = as_user("rina").get(f"/referrals/{referral.id}/letter.pdf").get_data()
    make.apply_transition(referral, cancel_referral, reason="Salah alamat")
    without = as_user("rina").get(f"/referrals/{referral.id}/letter.pdf").get_data()
    assert links.get_letter_token(referral) is None
    assert "DIBATALKAN" in pdf_text(without) or "CANCELLED" in pdf_text(without)
    assert len(without) < len(with_qr)


def test_draft_has_no_letter_number_and_is_marked_as_draft(make: ModuleType, as_user: AsUser) -> None:
    referral = make.referral()
    text = letter_text(as_user("rina"), referral)
    assert "460/" not in text
    assert "DRAF" in text


def test_letter_of_a_hidden_case_is_not_found(make: ModuleType, as_user: AsUser) -> None:
    case = make.case(confidentiality=Confidentiality.secret, team=[get_user("dodi")])
    referral = make.referral(case=case)
    for paper in ("a4", "f4"):
        assert as_user("sari").get(f"/referrals/{referral.id}/letter.pdf?paper={paper}").status_code == 404
    assert as_user("rina").get(f"/referrals/{referral.id}/letter.pdf?paper=a5").status_code == 400


def test_selected_letters_are_printed_together_if_visible(make: ModuleType, as_user: AsUser) -> None:
    case = make.case(confidentiality=Confidentiality.secret, team=[get_user("dodi")])
    hidden = make.sent_referral(case=case)
    seen = [make.sent_referral(), make.sent_referral()]
    ids = [one.id for one in (*seen, hidden)]
    response = as_user("sari").get("/referrals/letters.pdf", query_string={"id": ids, "paper": "f4"})
    assert len(read_pdf(response.get_data()).pages) == 2
    assert hidden.letter_number not in pdf_text(response.get_data())
    audited = db.session.scalars(
        db.select(AuditEntry.entity_id)
        .where(AuditEntry.actor_id == get_user("sari").id, AuditEntry.action == Action.print)
        .order_by(AuditEntry.id)
    ).all()
    assert list(audited) == sorted(one.id for one in seen)
    assert as_user("sari").get(f"/referrals/letters.pdf?id={hidden.id}").status_code == 404
    nothing = as_user("sari").get("/referrals/letters.pdf")
    assert nothing.status_code == 302
    many = {"id": [str(n) for n in range(1, 60)]}
    assert as_user("sari").get("/referrals/letters.pdf", query_string=many).status_code == 409


def test_queue_offers_to_print_the_selected_letters(make: ModuleType, as_user: AsUser) -> None:
    referral = make.sent_referral()
    page = as_user("rina").get_page("/referrals/list/")
    assert f'form="bulk" name="id" value="{referral.id}"' in " ".join(page.split())
    assert 'formaction="/referrals/letters.pdf"' in page
    assert 'id="bulk"' not in as_user("rina").get_page("/clients/list/")


def test_a_date_in_the_letter_is_that_of_bontang(make: ModuleType, as_user: AsUser) -> None:
    with clock.freeze_time(datetime(2026, 11, 24, 17, tzinfo=UTC)):  # past midnight in Bontang
        referral = make.sent_referral()
    assert "25 November 2026" in letter_text(as_user("rina"), referral)
    assert referral.letter_number is not None
    assert referral.letter_number.endswith("/XI/2026")
    assert date(2026, 11, 25) == referral.sent_at.astimezone(clock.WITA).date()  # type: ignore[union-attr]
