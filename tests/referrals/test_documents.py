"""Documents on the checklist of a referral, and their files."""

import io
from collections.abc import Callable
from types import ModuleType

import pytest
from sqlalchemy import select

from app.core import files
from app.db.stored_files import StoredFile
from app.db.transaction import transaction
from app.extensions import db
from app.referrals.enums import DocumentState
from app.referrals.models.exchange import ReferralDocument
from app.referrals.models.referral import Referral
from app.referrals.services.drafts import (
    attach_document,
    enclose_document,
    refer_on,
    update_draft,
    waive_document,
)
from app.referrals.services.office import cancel_referral
from tests.support.client import PortalClient
from tests.support.hidden_cases import store_pdf
from tests.support.portal import get_user


def test_new_file_of_the_next_referral_leaves_the_file_of_the_first(
    as_user: Callable[[str], PortalClient], make: ModuleType
) -> None:
    first: Referral = make.referral(documents="SKTM")
    with transaction(by=get_user("rina")):
        attach_document(first.documents[0], file=store_pdf("lama"), by=get_user("rina"))
    make.apply_transition(first, cancel_referral, reason="Salah alamat")
    partner = make.partner_offering(first.need_kind, documents="SKTM")
    second: Referral = make.apply_transition(first, refer_on, partner=partner)
    paper, rina = second.documents[0], as_user("rina")
    sent = {"version": paper.version, "file": (io.BytesIO(b"%PDF-1.7 baru"), "baru.pdf")}
    done = rina.post(f"/referral-documents/{paper.id}/attach", data=sent, content_type="multipart/form-data")
    assert done.status_code == 302
    for document, content in ((first.documents[0], b"%PDF-1.7 lama"), (paper, b"%PDF-1.7 baru")):
        answer = rina.get(f"/referral-documents/{document.id}/file/file")
        assert (answer.status_code, answer.data) == (200, content)


@pytest.mark.parametrize("state", ["closed", "declined", "cancelled"])
def test_checklist_of_a_finished_referral_cannot_be_changed(
    as_user: Callable[[str], PortalClient], make: ModuleType, state: str
) -> None:
    referral: Referral = make.referral_in_state(state)
    with transaction(by=get_user("rina")) as session:
        document = ReferralDocument(referral_id=referral.id, title="SKTM")
        session.add(document)
    for transition, sent in (("enclose", {}), ("waive", {"waived_reason": "Tidak punya"})):
        data = {"version": document.version, **sent}
        answer = as_user("rina").post(f"/referral-documents/{document.id}/{transition}", data=data)
        assert answer.status_code == 409
    db.session.refresh(document)
    assert document.state is DocumentState.missing


def test_attaching_or_enclosing_a_document_ends_its_waiver(make: ModuleType) -> None:
    referral: Referral = make.referral(documents="SKTM\nFoto")
    enclosed, attached = referral.documents
    for document in (enclosed, attached):
        make.apply_transition(document, waive_document, waived_reason="Belum ada")
    make.apply_transition(enclosed, enclose_document)
    make.apply_transition(attached, attach_document, file=store_pdf("baru"))
    assert [document.state for document in (enclosed, attached)] == [
        DocumentState.on_paper,
        DocumentState.attached,
    ]
    assert [document.waived_reason for document in (enclosed, attached)] == [None, None]


def test_last_missing_document_gives_the_turn_to_the_partner_unless_completed(make: ModuleType) -> None:
    under_way, done = (make.referral_in_state(state) for state in ("accepted", "completed"))
    for referral in (under_way, done):
        with transaction(by=get_user("rina")) as session:
            session.add_all([ReferralDocument(referral_id=referral.id, title=title) for title in "AB"])
        db.session.expire(referral)
    first, second = under_way.documents
    make.apply_transition(first, enclose_document)
    assert under_way.owner_id == get_user("rina").id
    make.apply_transition(second, enclose_document)
    assert under_way.owner_id is None
    for document in done.documents:
        make.apply_transition(document, enclose_document)
    assert done.owner_id == get_user("rina").id


def list_stored_keys() -> list[str]:
    return sorted(db.session.scalars(select(StoredFile.key)))


@pytest.fixture
def draft(make: ModuleType) -> Referral:
    """A draft with two documents, SKTM and Foto rumah, each with a file."""
    made: Referral = make.referral(documents="SKTM\nFoto rumah")
    with transaction(by=get_user("rina")):
        for document in made.documents:
            attach_document(
                document, file=make.store_file(b"%PDF-1.7 " + document.title.encode()), by=get_user("rina")
            )
    return made


class TestAnotherPartner:
    """When a draft moves to another partner, files of documents that it does not require are deleted."""

    @pytest.mark.parametrize("page", ["choose_partner", "edit"])
    def test_files_of_dropped_documents_are_deleted(
        self, draft: Referral, as_user: Callable[[str], PortalClient], make: ModuleType, page: str
    ) -> None:
        kept, dropped = (document.file for document in draft.documents)
        other = make.partner_offering(draft.need_kind, documents="SKTM")
        address = f"/referrals/{draft.id}/{page}" if page != "edit" else f"/referrals/edit/{draft.id}"
        sent = {"version": draft.version, "partner": other.id, "need_kind": draft.need_kind_id}
        more = {"request": draft.request, "urgency": draft.urgency.name}
        assert as_user("rina").post(address, data=sent | more).status_code == 302
        db.session.refresh(draft)
        assert [(one.title, one.file) for one in draft.documents] == [("SKTM", kept)]
        assert list_stored_keys() == sorted(files.iter_keys_on_disk()) == [kept]
        assert dropped != kept

    def test_file_that_another_referral_names_stays(self, draft: Referral, make: ModuleType) -> None:
        both = sorted(document.file for document in draft.documents)
        make.apply_transition(draft, cancel_referral, reason="Salah alamat")
        following: Referral = make.apply_transition(
            draft, refer_on, partner=make.partner_offering(draft.need_kind, documents="SKTM\nFoto rumah")
        )
        assert sorted(document.file for document in following.documents) == both
        with transaction(by=get_user("rina")):
            update_draft(following, {"partner": make.partner_offering(draft.need_kind)}, by=get_user("rina"))
        assert following.documents == []
        assert list_stored_keys() == sorted(files.iter_keys_on_disk()) == both

    def test_files_stay_when_the_change_is_not_saved(self, draft: Referral, make: ModuleType) -> None:
        other = make.partner_offering(draft.need_kind, documents=None)

        def change_and_break() -> None:
            with transaction(by=get_user("rina")):
                update_draft(draft, {"partner": other}, by=get_user("rina"))
                raise RuntimeError("broken on purpose")

        with pytest.raises(RuntimeError, match="broken"):
            change_and_break()
        make.client()  # the next commit must not delete the files of the rolled-back change
        assert len(list_stored_keys()) == len(list(files.iter_keys_on_disk())) == 2
