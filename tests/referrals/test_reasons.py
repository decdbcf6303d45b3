"""Why somebody did it stands where the form says: on the timeline, on the desk, on the partner's page."""

from collections.abc import Callable
from types import ModuleType

from app.referrals.choices import LegalBasis, Outcome, SharedField
from app.referrals.models import Referral
from app.referrals.services import confirm_referral, dispute_referral, send_referral
from tests.referrals.door import enter, linked, text_of
from tests.support.client import PortalClient

AsUser = Callable[[str], PortalClient]
WHY = "Pingsan di jalan dan tidak dapat ditanya"


def on_timeline(client: PortalClient, referral: Referral) -> bool:
    return WHY in client.get_page(f"/cases/{referral.case_id}/timeline")


def on_desk(client: PortalClient, referral: Referral, section: str) -> bool:
    page = client.get_page(f"/referrals/{referral.id}/")
    return WHY in page.partition(f'<h2 id="{section}"')[2].partition("</section>")[0]


def test_the_reason_of_an_emergency_reaches_timeline_and_desk(as_user: AsUser, make: ModuleType) -> None:
    said = {"legal_basis": LegalBasis.emergency, "reason": WHY, "shared_fields": [SharedField.identity]}
    referral, rina = make.moved(make.referral(), send_referral, **said), as_user("rina")
    assert on_timeline(rina, referral)
    assert on_desk(rina, referral, "history")


def test_the_reason_of_a_client_not_reached_reaches_timeline_and_desk(
    as_user: AsUser, make: ModuleType
) -> None:
    referral = make.referral_at("completed")
    make.moved(referral, confirm_referral, outcome=Outcome.unreachable, reason=WHY)
    rina = as_user("rina")
    assert on_timeline(rina, referral)
    assert on_desk(rina, referral, "history")


def test_a_dispute_and_its_reason_reach_timeline_desk_and_partner(
    as_user: AsUser, make: ModuleType, nobody: PortalClient
) -> None:
    referral, rina = make.referral_at("completed"), as_user("rina")
    key = linked(referral)
    before = text_of(enter(nobody, key)) + nobody.get_page(key.url)
    make.moved(referral, dispute_referral, reason=WHY)
    assert on_timeline(rina, referral)
    assert on_desk(rina, referral, "history")
    assert on_desk(rina, referral, "messages")
    assert "menurut klien belum selesai" in rina.get_page(f"/referrals/{referral.id}/")
    page = nobody.get_page(key.url)
    assert "Klien menyatakan bahwa ini belum selesai" in page
    assert WHY in page
    assert WHY not in before
    assert "Klien menyatakan" not in before


def test_whoever_disputes_reads_that_the_partner_will(as_user: AsUser, make: ModuleType) -> None:
    referral = make.referral_at("completed")
    assert "Mitra membaca alasan ini" in as_user("rina").get_page(f"/referrals/{referral.id}/dispute")
