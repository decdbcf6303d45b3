"""What a peksos does in an invented case by himself: services, notes, follow-ups."""

from datetime import timedelta
from typing import Any

from app.synthetic.book import Book
from app.synthetic.world import day_of

TALKS = (
    "Mendengarkan keluhan, mencatat kebutuhan, menjelaskan layanan yang ada.",
    "Kunjungan rumah: keadaan keluarga dilihat, disepakati langkah berikutnya.",
    "Menjelaskan syarat surat keterangan di kelurahan.",
)
KINDS = ("consultation", "counselling", "information", "advocacy", "outreach")
PLACES = ("office", "home", "phone")


def service(book: Book) -> None:
    """Give one of the services."""
    chance = book.world.chance
    kind, place = chance.choice(KINDS), chance.choice(PLACES)
    narrative = chance.choice(TALKS)
    source = book.entry("service", kind=kind, happened_at=book.moment, place=place, narrative=narrative)
    book.event("service_given", "service", source, service=kind, place=place, partner_id=None)


def note(book: Book) -> None:
    """Write down what is worth knowing."""
    text = book.world.chance.choice(TALKS)
    book.event("note_added", "case_note", book.entry("case_note", happened_at=book.moment, text=text))


def follow_up(book: Book) -> None:
    """Promise something for a day, and do it: mostly by then, sometimes later."""
    days = book.world.chance.randrange(1, 30)
    key = book.world.loading.next_id("follow_up")
    told: dict[str, Any] = {
        "due_on": day_of(book.moment + timedelta(days=days)),
        "assignee_id": book.worker.id,
    }
    promised = book.moment
    book.event("follow_up_set", "follow_up", key, **told)
    done = book.later(3, 24 * (days + 2))
    book.entry(
        "follow_up",
        id=key,
        title="Menanyakan perkembangan",
        state="done" if done else "open",
        done_at=book.moment if done else None,
        result="Sudah ditemui." if done else None,
        created_at=promised,
        version=1 + done,
        **told,
    )
    if done:
        book.event("follow_up_done", "follow_up", key)
