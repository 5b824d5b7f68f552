"""Credits in numbers: counted in whole millionths, shown with a point."""

from __future__ import annotations

from decimal import Decimal

from studio.http.errors import InvalidRequest

MICRO = 1_000_000
MOST_MICRO_CREDITS = 10**15  # a billion credits: sums of them stay within 64 bits


def in_credits(micro_credits: int) -> float:
    """For people and clients: 520000 is 0.52."""
    return micro_credits / MICRO


def micro_of(credits: float) -> int:
    """Of a number as clients send it. Raises InvalidRequest for parts of a millionth."""
    micro_credits = round(credits * MICRO)
    if abs(micro_credits / MICRO - credits) > 1e-9 * max(1.0, credits):
        raise InvalidRequest("credits have six decimals at most")
    return micro_credits


def words_of(micro_credits: int) -> str:
    """`0.52 credits`."""
    amount = f"{Decimal(micro_credits) / MICRO:,f}"
    amount = amount.rstrip("0").rstrip(".") if "." in amount else amount
    return f"{amount} {'credit' if amount == '1' else 'credits'}"


def read_credits(words: str) -> int:
    """Micro-credits of a number as people write it. Raises ValueError for what is none, or finer than a millionth."""
    try:
        micro_credits = Decimal(words.replace(",", "")) * MICRO
    except ArithmeticError:
        raise ValueError(f"{words!r} is no number of credits") from None
    if not micro_credits.is_finite() or micro_credits != micro_credits.to_integral_value():
        raise ValueError(f"{words!r} is no number of credits with six decimals at most")
    return int(micro_credits)
