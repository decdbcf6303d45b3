"""Record references are rendered as URLs and links."""

import pytest
from flask import Flask

from app.admin.links import Link, build_link, build_url, render_links
from app.aid.models import Aid
from app.cases.models.case import Case
from app.cases.models.entries import FollowUp, Service
from app.cases.models.event import CaseReason
from app.cases.models.process import PlanGoal
from app.clients.models.client import Client, Consent
from app.core.records import AddFormRef, RecordLink, RecordRef
from app.grants.models.money import Commitment, Expenditure
from app.partners.models import Partner
from app.referrals.models.exchange import ReferralDocument
from app.referrals.models.referral import Referral
from app.standby.models import Handover

URLS = {
    "/clients/show/7": RecordRef(Client, 7),
    "/clients/edit/7": RecordRef(Client, 7, "edit"),
    "/cases/7/reopen": RecordRef(Case, 7, "reopen"),
    "/cases/7/assign": RecordRef(Case, 7, "assign"),
    "/follow-ups/show/7": RecordRef(FollowUp, 7),
    "/plan-goals/7/evaluate": RecordRef(PlanGoal, 7, "evaluate"),
    "/plan-goals/add?case=7": AddFormRef(PlanGoal, {"case": 7}),
    "/consents/add?client=7&purpose=service": AddFormRef(Consent, {"client": 7, "purpose": "service"}),
    "/services/add": AddFormRef(Service),
    "/partners/show/7": RecordRef(Partner, 7),
    "/referrals/show/7": RecordRef(Referral, 7),
    "/referrals/7/": RecordRef(Referral, 7, "desk"),
    "/referral-documents/show/7": RecordRef(ReferralDocument, 7),
    "/commitments/show/7": RecordRef(Commitment, 7),
    "/expenditures/show/7": RecordRef(Expenditure, 7),
    "/aid/show/7": RecordRef(Aid, 7),
    "/handovers/show/7": RecordRef(Handover, 7),
}


@pytest.mark.parametrize("url", URLS)
def test_reference_is_rendered_as_the_url_of_the_record(shared_app: Flask, url: str) -> None:
    with shared_app.test_request_context():
        assert build_url(URLS[url]) == url


def test_link_has_a_url_and_an_escaped_text(shared_app: Flask) -> None:
    link = RecordLink(RecordRef(Client, 7), "Ani & Budi")
    with shared_app.test_request_context():
        assert build_link(link) == Link("/clients/show/7", "Ani & Budi")
        assert render_links([link, link]) == ", ".join(2 * ['<a href="/clients/show/7">Ani &amp; Budi</a>'])
        assert (build_link(None), render_links([])) == (None, "")


def test_reference_to_records_without_a_page_is_an_error(shared_app: Flask) -> None:
    with shared_app.test_request_context(), pytest.raises(LookupError, match="CaseReason has no view"):
        build_url(RecordRef(CaseReason, 7))
