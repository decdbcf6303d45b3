"""Letter numbers run in order and without gaps, also when referrals are sent concurrently."""

from datetime import UTC, datetime
from types import ModuleType

import pytest

from app.clients.enums import ConsentPurpose
from app.core import clock
from app.core.errors import PortalError
from app.db.transaction import transaction
from app.extensions import db
from app.operations.checks import check_letters
from app.referrals.enums import SharedField
from app.referrals.models.referral import Referral
from app.referrals.services.office import send_referral
from tests.support.concurrency import run_concurrently
from tests.support.portal import get_user


def list_letter_numbers() -> list[int]:
    query = db.select(Referral.letter_number).where(Referral.letter_number.is_not(None))
    return sorted(int(number.split("/")[1]) for number in db.session.scalars(query) if number)


def test_twenty_concurrent_sends_get_consecutive_numbers(make: ModuleType) -> None:
    make.sent_referral()
    drafts = [make.referral() for _n in range(20)]
    for draft in drafts:
        make.consent(client=draft.case.client, purpose=ConsentPurpose.share_with_partner)
    ids = [draft.id for draft in drafts]

    def send(number: int) -> str:
        rina = get_user("rina")
        with transaction(by=rina):
            referral = db.session.get_one(Referral, ids[number])
            send_referral(referral, shared_fields=[SharedField.identity], by=rina)
            return str(referral.letter_number)

    sent = run_concurrently(20, send)
    assert [one for one in sent if isinstance(one, Exception)] == []
    assert list_letter_numbers() == list(range(1, 22))
    assert list(check_letters()) == []


def test_refused_or_rolled_back_sending_uses_no_number(make: ModuleType) -> None:
    referral, rina = make.referral(), get_user("rina")
    with pytest.raises(PortalError), transaction(by=rina):
        send_referral(referral, shared_fields=[SharedField.identity], by=rina)  # no consent
    make.consent(client=referral.case.client, purpose=ConsentPurpose.share_with_partner)

    def send_and_fail() -> None:
        with transaction(by=rina):
            send_referral(referral, shared_fields=[SharedField.identity], by=rina)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        send_and_fail()
    assert make.sent_referral().letter_number == f"460/001/LK3/{_roman_month()}/{clock.current_year()}"


def _roman_month() -> str:
    return ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"][clock.today().month - 1]


def test_the_count_begins_again_in_january_in_bontang(make: ModuleType) -> None:
    with clock.freeze_time(datetime(2026, 12, 31, 15, 59, tzinfo=UTC)):
        assert make.sent_referral().letter_number == "460/001/LK3/XII/2026"
    with clock.freeze_time(datetime(2026, 12, 31, 16, 1, tzinfo=UTC)):
        assert make.sent_referral().letter_number == "460/001/LK3/I/2027"
        assert make.sent_referral().letter_number == "460/002/LK3/I/2027"


def test_check_reports_a_missing_letter_number(make: ModuleType) -> None:
    make.sent_referral()
    lost = make.sent_referral()
    with transaction(by=get_user("admin")):
        lost.letter_number = None
    assert any("2" in finding for finding in check_letters())
