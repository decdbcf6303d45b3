from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.clients.enums import BirthDatePrecision, ClientState, HouseholdRole, IdentityStatus, NoNikReason, Sex
from app.clients.models.client import Client
from app.clients.policy import ClientPolicy
from app.clients.rules import identity
from app.clients.services.clients import (
    archive_client,
    build_client_search_text,
    register_client,
    restore_client,
    update_client,
)
from app.core import clock
from app.core.actor import SYSTEM
from app.core.errors import Conflict, PortalError
from app.core.records import RecordLink, RecordRef
from app.db.search import build_search_filter
from app.db.transaction import transaction
from app.extensions import db

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
NIK = "6474015708450001"  # a woman, born 17-08-1945


@pytest.fixture(autouse=True)
def fixed_noon():
    with clock.freeze_time(NOON):
        yield


def insert_directly(item):
    with transaction(by=SYSTEM):
        db.session.add(item)


def expect_refusal(make, **data):
    with pytest.raises(PortalError) as refusal:
        make.client(**data)
    return refusal.value


def test_a_client_without_name_gets_a_number_of_the_year(make):
    first, second = make.client(name=None), make.client(name="   ")
    assert [first.system_number, second.system_number] == ["2026-001", "2026-002"]
    assert "#2026-001" in first.label
    assert first.nik is None
    assert first.birth_date is None


def test_a_name_that_is_found_later_replaces_the_number_in_the_label(make, people):
    client = make.client(name=None)
    with transaction(by=people.rina):
        update_client(client, {"name": "Suratmi"}, by=people.rina)
    assert client.label == "Suratmi"
    assert client.system_number == "2026-001"


def test_a_one_word_name_is_kept_as_typed_with_single_spaces(make):
    assert make.client(name=" Andi   Nur'aini ").name == "Andi Nur'aini"


def test_spaces_dots_and_dashes_in_a_nik_do_not_matter(make):
    client = make.client(nik=" 6474.0157-0845 0001 ", no_kk="6474 0101 0120 0001")
    assert client.nik == NIK
    assert client.no_kk == "6474010101200001"


@pytest.mark.parametrize(
    "nik", ["647401570845000", "64740157084500011", "6474O15708450001", "٦٤٧٤٠١٥٧٠٨٤٥٠٠٠١"]
)
def test_a_nik_that_is_not_16_digits_is_refused_beside_its_field(make, nik):
    assert expect_refusal(make, nik=nik).field == "nik"


def test_a_used_nik_is_refused_with_a_link_to_that_client(make):
    other = make.client(nik=NIK)
    refusal = expect_refusal(make, nik=NIK)
    assert refusal.field == "nik"
    assert refusal.link == RecordLink(RecordRef(Client, other.id), other.label)


def test_merged_record_leaves_its_nik_to_the_other(make, people):
    kept, merged = make.client(), make.client(nik=NIK)
    with transaction(by=people.admin):
        merged.merged_into = kept
    with transaction(by=people.rina):
        update_client(kept, {"nik": NIK}, by=people.rina)
    assert (kept.nik, kept.nik_in_check) == (NIK, False)


@pytest.mark.both_databases
def test_the_database_itself_refuses_a_second_client_with_that_nik(make):
    make.client(nik=NIK)
    with pytest.raises(IntegrityError):
        insert_directly(Client(name="Tiruan", nik=NIK))


@pytest.mark.both_databases
@pytest.mark.parametrize("nik", ["6474", "647401570845000x", "6474 157084500"])
def test_the_database_itself_refuses_a_wrong_shape(make, nik):
    with pytest.raises(IntegrityError):
        insert_directly(Client(name="Tiruan", nik=nik))


@pytest.mark.parametrize(
    "data",
    [
        {"nik": NIK, "sex": Sex.male},
        {"nik": NIK, "birth_date": date(1945, 8, 18)},
        {"nik": NIK, "birth_date": date(1944, 1, 1), "birth_date_precision": BirthDatePrecision.year},
        {"nik": "9974015708450001"},
        {"nik": "6474015708450000"},
        {"nik": "6474017208450001"},
        {"nik": "6474010008450001"},
    ],
)
def test_contradicting_nik_is_saved_only_with_a_reason(make, data):
    refusal = expect_refusal(make, **data)
    assert refusal.field == "nik_note"
    assert make.client(nik_note="KTP dilihat", **data).nik_note == "KTP dilihat"


@pytest.mark.parametrize(
    "data",
    [
        {"sex": Sex.female, "birth_date": date(1945, 8, 17)},
        {"birth_date": date(1945, 1, 1), "birth_date_precision": BirthDatePrecision.year},
        {"birth_date": date(1950, 1, 1), "birth_date_precision": BirthDatePrecision.estimated},
        {"nik": "7371014101000001"},
        {"nik": "9601014101000001"},
    ],
)
def test_a_nik_that_fits_is_saved_without_questions(make, data):
    assert make.client(**{"nik": NIK, **data}).nik


def test_the_century_of_a_nik_is_the_last_one_that_is_over():
    assert identity.parse_nik_birth_date("6474015708450001") == date(1945, 8, 17)
    assert identity.parse_nik_birth_date("6474034112260002") == date(1926, 12, 1)
    assert identity.parse_nik_birth_date("6474012411260002") == date(2026, 11, 24)
    assert identity.parse_nik_birth_date("6474017208450001") is None


def test_client_without_nik_needs_a_reason(make):
    assert expect_refusal(make, identity_status=IdentityStatus.unknown).field == "no_nik_reason"
    client = make.client(identity_status=IdentityStatus.unknown, no_nik_reason=NoNikReason.abandoned)
    assert client.no_nik_reason is NoNikReason.abandoned


def test_unknown_identity_with_a_nik_is_refused(make):
    assert expect_refusal(make, nik=NIK, identity_status=IdentityStatus.unknown).field == "identity_status"


@pytest.mark.parametrize("rt", ["1a", "1234", "-1", "ⅳ"])
def test_letters_in_an_rt_are_refused_beside_the_field(make, rt):
    assert expect_refusal(make, rt=rt).field == "rt"


def test_rt_and_rw_are_kept_with_three_digits(make):
    client = make.client(rt="4", rw=" 12 ")
    assert (client.rt, client.rw) == ("004", "012")


def test_a_decile_beyond_ten_is_refused(make):
    assert expect_refusal(make, dtsen_decile=11).field == "dtsen_decile"


@pytest.mark.parametrize(
    ("born", "precision", "words"),
    [
        (date(1990, 11, 24), "exact", "36"),
        (date(1990, 11, 25), "exact", "35"),
        (date(2026, 9, 20), "exact", "2"),
        (date(1970, 1, 1), "estimated", "56"),
    ],
)
def test_age_is_described_by_its_precision(make, born, precision, words):
    client = make.client(birth_date=born, birth_date_precision=BirthDatePrecision[precision])
    assert words in client.age


def test_archiving_keeps_the_record_and_restoring_brings_it_back(make, people):
    client = make.client()
    with transaction(by=people.admin):
        archive_client(client, by=people.admin)
    assert client.state is ClientState.archived
    with pytest.raises(Conflict), transaction(by=people.admin):
        archive_client(client, by=people.admin)
    with transaction(by=people.admin):
        restore_client(client, by=people.admin)
    assert client.state is ClientState.active


def test_one_save_counts_as_one_version(make, people):
    client = make.client(household=make.household(), household_role=HouseholdRole.head)
    assert client.version == 1
    with transaction(by=people.rina):
        update_client(client, {"name": "Baru", "phone": "0811-5413-355"}, by=people.rina)
    assert client.version == 2
    with transaction(by=people.rina):
        update_client(client, {"name": "Baru"}, by=people.rina)
    assert client.version == 2


def test_nobody_without_a_role_sees_a_client(make):
    class Stranger:
        actor_id, full_name, role_names, emergency_case_ids = 0, "", frozenset(), frozenset()

    make.client()
    assert db.session.scalars(select(Client).where(ClientPolicy.visible_to(Stranger()))).all() == []
    assert len(db.session.scalars(select(Client).where(ClientPolicy.visible_to(SYSTEM))).all()) == 1


words = st.text("abcdefghijklmnopqrstuvwxyzABCDÉÑ'.-", min_size=1, max_size=12).filter(
    lambda word: any(c.isalpha() for c in word)
)


@pytest.mark.both_databases
@given(name=st.lists(words, min_size=2, max_size=4), data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_two_words_of_a_name_in_any_order_find_the_client(app, name, data):
    searched = data.draw(st.permutations(name))[:2]
    with transaction(by=SYSTEM):
        client = register_client({"name": " ".join(name), "nik": None}, by=SYSTEM)
        assert client.search_text == build_client_search_text(client)
        found = db.session.scalars(
            select(Client.id).where(build_search_filter(Client, " ".join(searched)))
        ).all()
        assert client.id in found


@given(
    digits=st.from_regex("[0-9]{16}", fullmatch=True),
    gaps=st.lists(st.sampled_from(["", " ", ".", "-"]), min_size=16, max_size=16),
)
def test_normalizing_a_nik_twice_changes_nothing(digits, gaps):
    written = "".join(gap + digit for gap, digit in zip(gaps, digits, strict=True))
    assert (
        identity.normalize_nik(written) == identity.normalize_nik(identity.normalize_nik(written)) == digits
    )
