"""One record of every kind, for tests that open all pages."""

from datetime import timedelta

from sqlalchemy import select

from app.core import clock
from app.extensions import db
from app.reference.models import NeedKind
from tests import factories as make
from tests.support.money_factories import aid, asset, commitment, expenditure, grant
from tests.support.referral_factories import referral


def create_one_of_each() -> None:
    """As Rina what a peksos may create, as admin the rest; reference data already exist."""
    household = make.household()
    client = make.client(household=household, nik="6474015708450001")
    make.consent(client=client)
    make.report()
    case = make.case(client=client)
    make.case_person(case=case)
    make.service(case=case)
    make.note(case=case)
    make.follow_up(case=case)
    make.assessment(case=case)
    make.goal(case=case)
    make.attachment(case=case)
    partner = make.partner()
    make.partner_contact(partner=partner)
    need = db.session.scalars(select(NeedKind).limit(1)).one()
    make.partner_service(need, partner=partner)
    referral(case=case, documents="Fotokopi KTP")
    pot = make.funded_grant(ceiling_initial=10**12, arrived=10**10)
    commitment(by="rina", grant=pot, case=case)
    expenditure(by="rina", grant=pot, case=case)
    aid(case=case, partner=partner)
    asset(grant=grant())
    make.session("rina")
    make.notice("rina")
    before = make.shift("dodi", clock.now() - timedelta(hours=13))
    make.shift("rina")
    make.failed_emergency_access("rina")
    make.handover(by="dodi", from_shift=before)
