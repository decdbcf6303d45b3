"""Reasons are shown where the form announces it: on timeline, overview and partner page."""

from collections.abc import Callable
from types import ModuleType

from app.referrals.enums import LegalBasis, Outcome, SharedField
from app.referrals.models.referral import Referral
from app.referrals.services.office import confirm_referral, dispute_referral, send_referral
from tests.referrals.partner_link import create_link, open_link, text_of
from tests.support.client import PortalClient

AsUser = Callable[[str], PortalClient]
REASON = "Pingsan di jalan dan tidak dapat ditanya"


def is_on_timeline(client: PortalClient, referral: Referral) -> bool:
    return REASON in client.get_page(f"/cases/{referral.case_id}/timeline")


def is_on_overview(client: PortalClient, referral: Referral, section: str) -> bool:
    page = client.get_page(f"/referrals/{referral.id}/")
    return REASON in page.partition(f'<h2 id="{section}"')[2].partition("</section>")[0]


def test_reason_of_an_emergency_is_on_timeline_and_overview(as_user: AsUser, make: ModuleType) -> None:
    fields = {"legal_basis": LegalBasis.emergency, "reason": REASON, "shared_fields": [SharedField.identity]}
    referral, rina = make.apply_transition(make.referral(), send_referral, **fields), as_user("rina")
    assert is_on_timeline(rina, referral)
    assert is_on_overview(rina, referral, "history")


def test_reason_of_an_unreached_client_is_on_timeline_and_overview(as_user: AsUser, make: ModuleType) -> None:
    referral = make.referral_in_state("completed")
    make.apply_transition(referral, confirm_referral, outcome=Outcome.unreachable, reason=REASON)
    rina = as_user("rina")
    assert is_on_timeline(rina, referral)
    assert is_on_overview(rina, referral, "history")


def test_dispute_and_its_reason_are_on_timeline_overview_and_partner_page(
    as_user: AsUser, make: ModuleType, anonymous_client: PortalClient
) -> None:
    referral, rina = make.referral_in_state("completed"), as_user("rina")
    key = create_link(referral)
    before = text_of(open_link(anonymous_client, key)) + anonymous_client.get_page(key.url)
    make.apply_transition(referral, dispute_referral, reason=REASON)
    assert is_on_timeline(rina, referral)
    assert is_on_overview(rina, referral, "history")
    assert is_on_overview(rina, referral, "messages")
    assert "menurut klien belum selesai" in rina.get_page(f"/referrals/{referral.id}/")
    page = anonymous_client.get_page(key.url)
    assert "Klien menyatakan bahwa ini belum selesai" in page
    assert REASON in page
    assert REASON not in before
    assert "Klien menyatakan" not in before


def test_dispute_form_announces_that_the_partner_reads_the_reason(as_user: AsUser, make: ModuleType) -> None:
    referral = make.referral_in_state("completed")
    assert "Mitra membaca alasan ini" in as_user("rina").get_page(f"/referrals/{referral.id}/dispute")
