"""Numbers for people who do not exist (PIN month + 80), and an obvious twin of V1 and V2."""

from __future__ import annotations

from datetime import date

FIRST = (3, 7, 6, 1, 8, 9, 4, 5, 2)
SECOND = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _remainder(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11


def complete(nine: str, first_remainder: int = 0) -> str | None:
    """The PIN that begins with these nine digits; None where it would need the digit 10."""
    first = (first_remainder - _remainder(nine, FIRST)) % 11
    if first == 10:
        return None
    second = -_remainder(f"{nine}{first}", SECOND) % 11
    return None if second == 10 else f"{nine}{first}{second}"


def synthetic_pin(born: date, number: int, month_plus: int = 80, day_plus: int = 0) -> str:
    """The valid PIN of that birth date whose individual number is `number` or the next that can be."""
    front = f"{born.day + day_plus:02}{born.month + month_plus:02}{born.year % 100:02}"
    for individual in range(number, number + 20):
        pin = complete(f"{front}{individual % 1000:03}")
        if pin:
            return pin
    raise AssertionError("twenty numbers in a row without check digits")


def is_pin(text: str | None, check: str = "synthetic", wide_first_digit: bool = False) -> bool:
    """V1, as one would read it aloud."""
    if text is None:
        return False
    if check == "off":
        return True
    if len(text) != 11 or not (text.isascii() and text.isdigit()):
        return False
    day, month = int(text[:2]), int(text[2:4])
    if day > 40:
        day -= 40
    if month > 80 and check == "synthetic":
        month -= 80
    elif month > 40:
        month -= 40
    if not (1 <= month <= 12 and 1 <= day <= DAYS[month - 1]):
        return False
    first = (_remainder(text[:9], FIRST) + int(text[9])) % 11
    second = (_remainder(text[:10], SECOND) + int(text[10])) % 11
    return first in ((0, 1, 2, 3) if wide_first_digit else (0,)) and second == 0


def duf(year: int, number: int) -> str:
    """A valid DUF number (V2)."""
    ten = f"{year:04}{number:06}"
    return f"{ten}{_remainder(ten, (4, 6, 3, 2, 4, 6, 3, 2, 7, 5)):02}"
