"""Papers on the checklist of a referral."""

import io
from collections.abc import Callable
from types import ModuleType

from app.core.unit import unit
from app.referrals.models import Referral
from app.referrals.services import attach_document, cancel_referral, refer_on
from tests.support.client import PortalClient
from tests.support.hidden import file_of
from tests.support.portal import person


def test_a_better_paper_of_the_next_referral_leaves_the_first_one_its_own(
    as_user: Callable[[str], PortalClient], make: ModuleType
) -> None:
    first: Referral = make.referral(documents="SKTM")
    with unit(by=person("rina")):
        attach_document(first.documents[0], file=file_of("lama"), by=person("rina"))
    make.moved(first, cancel_referral, reason="Salah alamat")
    partner = make.offering(first.need_kind, documents="SKTM")
    second: Referral = make.moved(first, refer_on, partner=partner)
    paper, rina = second.documents[0], as_user("rina")
    sent = {"version": paper.version, "file": (io.BytesIO(b"%PDF-1.7 baru"), "baru.pdf")}
    done = rina.post(f"/referral-documents/{paper.id}/attach", data=sent, content_type="multipart/form-data")
    assert done.status_code == 302
    for document, content in ((first.documents[0], b"%PDF-1.7 lama"), (paper, b"%PDF-1.7 baru")):
        answer = rina.get(f"/referral-documents/{document.id}/file/file")
        assert (answer.status_code, answer.data) == (200, content)
