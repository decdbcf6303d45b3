from datetime import UTC, date, datetime

import pytest

from app.clients.enums import ConsentMethod, ConsentState
from app.clients.services.clients import update_consent, withdraw_consent
from app.core import clock
from app.core.errors import Conflict, PortalError
from app.db.transaction import transaction

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fixed_noon():
    with clock.freeze_time(NOON):
        yield


def refused_field(make, **data):
    with pytest.raises(PortalError) as refusal:
        make.consent(**data)
    return refusal.value.field


def test_consent_defaults_to_today_and_the_current_text(make):
    consent = make.consent()
    assert consent.given_on == date(2026, 11, 24)
    assert consent.text_version
    assert consent.state is ConsentState.in_force


def test_consent_of_tomorrow_is_refused(make):
    assert refused_field(make, given_on=date(2026, 11, 25)) == "given_on"


def test_an_exception_needs_its_reason(make):
    assert refused_field(make, method=ConsentMethod.exception) == "exception_reason"
    assert make.consent(method=ConsentMethod.exception, exception_reason="Tidak sadar").id


def test_consent_by_a_guardian_needs_a_name(make):
    assert refused_field(make, method=ConsentMethod.guardian) == "given_by"


def test_withdrawing_needs_a_reason_and_happens_once(make, people):
    consent = make.consent()
    with pytest.raises(PortalError) as refusal, transaction(by=people.rina):
        withdraw_consent(consent, by=people.rina, reason=" ")
    assert refusal.value.field == "reason"
    with transaction(by=people.rina):
        withdraw_consent(consent, by=people.rina, reason="Berubah pikiran")
    assert consent.state is ConsentState.withdrawn
    assert consent.withdrawn_at == NOON
    with pytest.raises(Conflict), transaction(by=people.rina):
        withdraw_consent(consent, by=people.rina, reason="Lagi")
    with pytest.raises(Conflict), transaction(by=people.rina):
        update_consent(consent, {"given_by": "Ibu"}, by=people.rina)
