"""Account forms, the log-in and the partner page, with hostile values."""

from collections.abc import Callable
from types import ModuleType

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.extensions import limiter
from app.referrals.partner_link.page import PARTNER_ACTIONS
from tests.referrals.partner_link import ANSWERED_BY, create_link, open_link
from tests.support import hostile_input
from tests.support.client import PortalClient

AsUser = Callable[[str], PortalClient]

FUZZ_SETTINGS = settings(
    max_examples=12,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
hostile_values = st.one_of(
    hostile_input.hostile_values, st.sampled_from(hostile_input.HOSTILE_TEXTS).map(hostile_input.url_encode)
)
FORM_CONTENT_TYPE = "application/x-www-form-urlencoded"

OWN_FORMS = {
    "/profile/": ["first_name", "language"],
    "/password/": ["old_password", "new_password", "conf_password"],
    "/caseload/": ["worker", "successor", "reason"],
    "/language": ["language", "next"],
    "/login/": ["username", "password"],
}


def encode_form(names: list[str], typed: list[str]) -> str:
    return "&".join(f"{name}={value}" for name, value in zip(names, typed, strict=False))


@pytest.mark.parametrize("path", OWN_FORMS)
def test_no_account_form_breaks(
    app: Flask, as_user: AsUser, anonymous_client: PortalClient, path: str
) -> None:
    names = OWN_FORMS[path]

    @FUZZ_SETTINGS
    @given(st.lists(hostile_values, min_size=len(names), max_size=len(names)))
    def run(typed: list[str]) -> None:
        limiter.reset()
        client = anonymous_client if path == "/login/" else as_user("admin")
        answer = client.post(
            path, data=encode_form(names, typed), content_type=FORM_CONTENT_TYPE, check_html=False
        )
        assert hostile_input.find_fault(answer) is None

    run()


def test_no_answer_of_a_partner_breaks(make: ModuleType, anonymous_client: PortalClient) -> None:
    key = create_link(make.sent_referral())
    open_link(anonymous_client, key)
    fields = [
        *ANSWERED_BY,
        "message",
        "completed_on",
        "result",
        "text",
        "decline_reason",
        "note",
        "own_page",
        "code",
    ]

    @FUZZ_SETTINGS
    @given(st.sampled_from(sorted(PARTNER_ACTIONS)), st.lists(hostile_values, min_size=9, max_size=9))
    def run(step: str, typed: list[str]) -> None:
        limiter.reset()
        for path in (f"{key.url}/{step}", key.url, f"/r/{typed[0]}", f"{key.url}/documents/{typed[1][:40]}"):
            answer = anonymous_client.post(
                path, data=encode_form(fields, typed), content_type=FORM_CONTENT_TYPE, check_html=False
            )
            assert hostile_input.find_fault(answer) is None
            assert answer.status_code < 500

    run()
    assert hostile_input.find_fault(anonymous_client.get(key.url)) is None
