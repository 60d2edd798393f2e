"""Synthetic PINs (month + 80) and DUF numbers with right check digits (V1, V2)."""

from __future__ import annotations

import hmac
from datetime import date

PIN_WEIGHTS_1 = (3, 7, 6, 1, 8, 9, 4, 5, 2)
PIN_WEIGHTS_2 = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
DUF_WEIGHTS = (4, 6, 3, 2, 4, 6, 3, 2, 7, 5)


def weighted(text: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(text, weights, strict=True))


def pin(day: date, number: int) -> str:
    """The PIN of the first individual number from `number` on that has check digits."""
    while True:
        text = f"{day.day:02d}{day.month + 80:02d}{day.year % 100:02d}{number % 1000:03d}"
        first = -weighted(text, PIN_WEIGHTS_1) % 11
        if first < 10:
            second = -weighted(text + str(first), PIN_WEIGHTS_2) % 11
            if second < 10:
                return f"{text}{first}{second}"
        number += 1


def duf(year: int, number: int) -> str:
    text = f"{year:04d}{number:06d}"
    return f"{text}{weighted(text, DUF_WEIGHTS) % 11:02d}"


def keyed_hash(secret: str, pin: str) -> str:
    """What stands for a PIN: HMAC-SHA256."""
    return hmac.new(secret.encode(), pin.encode(), "sha256").hexdigest()
