"""A secret and a limited case owned by Dodi, whose texts and numbers no other user may read."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from zipfile import ZipFile, is_zipfile

from pypdf import PdfReader
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.admin.drafts import save_draft
from app.aid.services.aid import cancel_aid, hand_over_aid
from app.aid.transitions import AidKind
from app.cases.models.case import Case
from app.cases.services.entries import finish_follow_up
from app.cases.services.process import correct_note
from app.cases.services.reports import take_up_report
from app.cases.services.stages import hold_case
from app.clients.enums import PERSONAL_DETAILS, ConsentPurpose, HouseholdRole
from app.clients.models.client import Client
from app.core import clock
from app.db.column_info import get_info
from app.db.transaction import transaction
from app.db.types import Line, Prose
from app.extensions import Model, db
from app.grants.enums import Purpose
from app.grants.services.commitments import release_commitment
from app.grants.services.spending import attach_evidence, reject_expenditure
from app.reference.enums import Confidentiality
from app.referrals.enums import SharedField
from app.referrals.services import links
from app.referrals.services.answers import accept_referral
from app.referrals.services.drafts import attach_document
from app.referrals.services.office import send_referral
from tests import factories as make
from tests.support.money_factories import aid, commitment, expenditure
from tests.support.portal import get_user
from tests.support.referral_factories import referral

SECRET_WORD, LIMITED_WORD = "kenarirahasia", "gelatikterbatas"
"""Marker words: every text of the secret and of the limited case contains one."""
NIK, NO_KK, PHONE, REPORTER = "6474015708450001", "6474010101010009", "081234567890", "081298765432"
SECRET_NUMBERS = (NIK, NO_KK, PHONE[1:], REPORTER[1:])
LIMITED_NIK = "6474024107850002"
"""NIK of the limited case's client; all staff may see that client's name and NIK."""
LIMITED_DETAILS = {"no_kk": "6474020202020008", "phone": "081377778888", "guardian_phone": "085299990000"}
LIMITED_REPORTER, TYPED_NUMBER = "081355554444", "0819-6666-7777"
"""Phone of the limited case's reporter, and a number typed into every text of the limited case."""
TEAM_ONLY_NUMBERS = tuple(
    number.removeprefix("0") for number in (*LIMITED_DETAILS.values(), LIMITED_REPORTER)
)
LIMITED_NUMBERS = tuple(
    re.sub("^0|-", "", number)
    for number in (LIMITED_NIK, *LIMITED_DETAILS.values(), LIMITED_REPORTER, TYPED_NUMBER)
)
MIN_WORDS_LENGTH = 100
"""Length of a column that holds words; shorter ones hold numbers such as RT and RW."""
_SPACING = re.compile(r"[\s.\-\u00a0]+")


class HiddenCases(SimpleNamespace):
    """Ids, case number and link credentials of the records that `create_hidden_cases` made."""

    ids: dict[str, list[int]]
    """Table name -> ids of all created records."""
    secret_ids: dict[str, list[int]]
    """Table name -> ids of the secret case, its clients, its household and its other records."""
    limited_ids: dict[str, list[int]]
    """The same for the limited case."""
    secret_case_number: str
    token: str
    code: str
    """Token and code of the partner link of the secret case."""
    limited_link: tuple[str, str]
    """Token and code of the partner link of the limited case."""

    @property
    def sample_ids(self) -> dict[str, list[int]]:
        """Return the first and the last id of each table: one record of each case."""
        return {table: sorted({*keys[:1], *keys[-1:]}) for table, keys in self.ids.items()}


def create_hidden_cases() -> HiddenCases:
    """Create records of every kind for both cases; one grant pays for both."""
    before = _newest_ids()
    grant = make.funded_grant(ceiling_initial=10**10, arrived=10**9)
    start = _newest_ids()
    secret = _create_case_with_records(
        SECRET_WORD, Confidentiality.secret, grant, nik=NIK, no_kk=NO_KK, phone=PHONE
    )
    secret_ids = _ids_since(start)
    start = _newest_ids()
    limited = _create_case_with_records(LIMITED_WORD, Confidentiality.limited, grant)
    limited_ids = _ids_since(start)
    shown = {"partner", "partner_service", "audit_entry"}
    return HiddenCases(
        ids=_ids_since(before),
        secret_ids={table: keys for table, keys in secret_ids.items() if table not in shown},
        limited_ids={table: keys for table, keys in limited_ids.items() if table not in shown},
        secret_case_number=secret.case.number,
        token=secret.token,
        code=secret.code,
        limited_link=(limited.token, limited.code),
    )


def _newest_ids() -> dict[str, int]:
    return {table.name: db.session.scalar(select(func.max(table.c.id))) or 0 for table in _tables_with_id()}


def _ids_since(before: dict[str, int]) -> dict[str, list[int]]:
    return {
        table.name: list(db.session.scalars(select(table.c.id).where(table.c.id > before[table.name])))
        for table in _tables_with_id()
    }


def _tables_with_id() -> Iterator[Any]:
    return (table for table in Model.metadata.sorted_tables if "id" in table.c)


def _create_case_with_records(word: str, tier: Confidentiality, pot: Any, **numbers: str) -> SimpleNamespace:
    """Create a case of this tier with every kind of dependent record; every text contains the word."""
    plain, limited = word, tier is Confidentiality.limited
    word = f"{word} {TYPED_NUMBER}" if limited else word
    dodi, sari, admin = get_user("dodi"), get_user("sari"), get_user("admin")
    client = _create_client(plain, tier, **numbers)
    report = make.report(
        by="sari",  # the author of a report does not become its owner
        description=f"{word} dipukul",
        location=f"Gang {word}",
        reporter_name=word,
        reporter_role=word,
        reporter_phone=LIMITED_REPORTER if limited else REPORTER,
    )
    values = {"client": client, "presenting_problem": word, "confidentiality": tier}
    case = make.case(by="dodi", **values)
    call = _service_caller(dodi)
    call(take_up_report, report, case=case)
    by: dict[str, Any] = {"by": "dodi", "case": case}
    make.case_person(**by, client=make.client(name=None if limited else f"{word} dua", alias=None))
    make.service(**by, narrative=word, outcome=word)
    call(correct_note, make.note(**by, text=word), text=f"{word} lagi", reason=word)
    make.follow_up(**by, title=word, due_on=clock.today())
    call(finish_follow_up, make.follow_up(**by, title=word), result=word)
    make.assessment(**by, summary=word, biological=word, recommendation=word)
    make.goal(**by, goal=word, activity=word)
    make.attachment(**by, title=word, file=store_pdf(plain))
    make.consent(by="dodi", client=client, given_by=word, scan=store_pdf(plain))
    token, code = _create_referrals(word, case)
    _create_money_records(word, case, pot, call)
    with transaction(by=dodi):
        save_draft(dodi.id, f"/case-notes/add?case={case.id}", {"case": [str(case.id)], "text": [word]})
    with transaction(by=sari):  # a draft from before she lost access: her own words only
        save_draft(sari.id, f"/case-notes/add?case={case.id}", {"case": [str(case.id)], "text": ["Catatan"]})
    call(hold_case, case, reason=word, until=clock.today() + timedelta(days=9))
    assert admin.id not in {member.id for member in case.team}
    return SimpleNamespace(case=case, token=token, code=code)


def _list_text_columns(names: Iterable[str]) -> list[str]:
    """Return the columns of a client that can hold any words."""
    columns = Client.__table__.columns
    return [
        name
        for name in names
        if name in columns
        and isinstance(columns[name].type, Line | Prose)
        and (getattr(columns[name].type, "length", None) or MIN_WORDS_LENGTH) >= MIN_WORDS_LENGTH
        and not get_info(Client, name).get("masked")
    ]


def _create_client(word: str, tier: Confidentiality, **numbers: str) -> Any:
    details = _list_text_columns(PERSONAL_DETAILS)
    if tier is Confidentiality.limited:  # all staff may know that this client exists
        home = make.household(by="dodi", address=f"Jalan {word}", no_kk=LIMITED_DETAILS["no_kk"], note=word)
        values = {**dict.fromkeys(details, word), **LIMITED_DETAILS, "nik": LIMITED_NIK}
        return make.client(
            by="dodi", name="Putri Terbatas", household=home, household_role=HouseholdRole.head, **values
        )
    home = make.household(by="dodi", address=f"Jalan {word}", no_kk=numbers["no_kk"], note=word)
    make.client(by="dodi", name="Anggota", household=home, household_role=HouseholdRole.child)
    texts = (*details, "alias", "nik_note", "birth_place", "occupation")
    return make.client(
        by="dodi",
        name=f"{word} satu",
        household=home,
        household_role=HouseholdRole.head,
        guardian_phone=numbers["phone"],
        **dict.fromkeys(texts, word),
        **numbers,
    )


def _service_caller(actor: Any) -> Callable[..., Any]:
    def call(service: Callable[..., Any], *records: Any, **values: Any) -> Any:
        with transaction(by=actor):
            return service(*records, by=actor, **values)

    return call


def store_pdf(word: str) -> str:
    """Store a PDF that contains the word and return its key."""
    return make.store_file(b"%PDF-1.7 " + word.encode())


def _create_referrals(word: str, case: Case) -> tuple[str, str]:
    """Create a sent and accepted referral and a draft; return token and code of the first one's link."""
    call = _service_caller(get_user("dodi"))
    make.consent(by="dodi", client=case.client, purpose=ConsentPurpose.share_with_partner)
    sent = referral(by="dodi", case=case, request=word, documents="SKTM")
    call(attach_document, sent.documents[0], file=store_pdf(word.split()[0]))
    call(send_referral, sent, shared_fields=list(SharedField))
    secret = call(links.make_link, sent)
    call(accept_referral, sent, answered_by=word, answered_position=word, message=word)
    referral(by="dodi", case=case, request=word)
    assert secret.token is not None
    return secret.token, secret.code


def _create_money_records(word: str, case: Case, pot: Any, call: Callable[..., Any]) -> None:
    """Create expenditures (paid, rejected, proposed), commitments (released, open) and aid in every state."""
    admin = _service_caller(get_user("admin"))
    of_case = {"grant": pot, "case": case, "purpose": Purpose.client_aid}
    paid = expenditure(by="admin", **of_case, amount=1_234_500, description=word)
    proof = {"evidence": store_pdf(word.split()[0]), "evidence_number": "KW-17", "evidence_on": clock.today()}
    admin(attach_evidence, paid, **proof)
    refused = expenditure(by="dodi", **of_case, amount=1_234_501, description=word)
    admin(reject_expenditure, refused, reason=word)
    expenditure(by="dodi", **of_case, amount=1_234_502, description=word)
    admin(release_commitment, commitment(by="dodi", **of_case, amount=7, description=word), reason=word)
    commitment(by="dodi", **of_case, amount=8, description=word)
    given = aid(by="dodi", case=case, item=word, partner=make.partner(), again_reason=word)
    call(hand_over_aid, given, received_by=word, evidence=store_pdf(word.split()[0]))
    call(cancel_aid, aid(by="dodi", case=case, item=word), reason=word)
    cash = {"kind": AidKind.cash, "value": 1_234_503, "grant": pot, "again_reason": word}
    aid(by="dodi", case=case, item=word, **cash)


def response_text(response: TestResponse) -> str:
    """Return headers and text of a response, including the text of a PDF or the XML of a workbook."""
    body = response.data
    if body.startswith(b"%PDF-") and b"/Type" in body:
        pages = PdfReader(BytesIO(body)).pages
        text = "\n".join(page.extract_text() for page in pages)
    elif is_zipfile(BytesIO(body)):
        with ZipFile(BytesIO(body)) as archive:
            text = "\n".join(archive.read(name).decode() for name in archive.namelist())
    else:
        text = body.decode(errors="replace")
    return f"{response.headers}\n{text}"


def find_leaked_words(response: TestResponse, words: tuple[str, ...]) -> list[str]:
    """Return those of the words and numbers that the response contains, however its numbers are spaced."""
    text = response_text(response)
    squeezed = _SPACING.sub("", text)
    return [word for word in words if word in squeezed or word in text]
