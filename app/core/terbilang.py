"""Amounts in Indonesian words, as receipts repeat them: 25.000.000 is *dua puluh lima juta*."""

_ONES = (
    "nol", "satu", "dua", "tiga", "empat", "lima",
    "enam", "tujuh", "delapan", "sembilan", "sepuluh", "sebelas",
)  # fmt: skip
_SCALES = (
    (10**12, "triliun"), (10**9, "miliar"), (10**6, "juta"), (1000, "ribu"), (100, "ratus"), (10, "puluh")
)  # fmt: skip


def terbilang(amount: int) -> str:
    """Spell a whole number from zero to less than a thousand triliun."""
    if not 0 <= amount < 10**15:
        raise ValueError(f"{amount} has no words here")
    if amount < 12:
        return _ONES[amount]
    if amount < 20:
        return f"{_ONES[amount - 10]} belas"
    size, scale = next(one for one in _SCALES if one[0] <= amount)
    many, rest = divmod(amount, size)
    # One hundred and one thousand have a word of their own; one million has not.
    head = f"se{scale}" if many == 1 and size in (100, 1000) else f"{terbilang(many)} {scale}"
    return f"{head} {terbilang(rest)}" if rest else head


def spell_rupiah(amount: int) -> str:
    """As a receipt says it: `dua puluh lima juta rupiah`."""
    return f"{terbilang(amount)} rupiah"
