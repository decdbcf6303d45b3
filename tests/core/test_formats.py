import pytest

from app.core.formats import shorten_text
from app.db.masking import mask_numbers

NUMBERS = (
    "6474 0112 3456 7890",
    "6474.0112.3456.7890",
    "6474-0112 3456-7890",
    "0811 5413 355",
    "+62 811-5413-355",
)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("start", range(60, 95))
def test_shortened_text_shows_a_reader_of_masked_numbers_four_digits_at_most(number: str, start: int) -> None:
    text = f"{'x' * start} {number} dan lagi banyak kata yang lain"
    shown = mask_numbers(shorten_text(text, 90))
    assert sum(map(str.isdigit, shown)) <= 4, shown


def test_shortened_text_keeps_what_fits() -> None:
    assert shorten_text("Anak 7 tahun", 90) == "Anak 7 tahun"
    assert shorten_text("kata " * 30, 20) == "kata kata kata …"
