"""What an attacker can compute, found slowly and exactly: shares no code with the protection."""

from __future__ import annotations

from fractions import Fraction


class Knowledge:
    """The span of what is published, over the rationals."""

    def __init__(self, columns=()):
        self.basis = {}
        for column in columns:
            self.learn(column)

    def rest(self, column):
        """The column less what is known of it: empty when it can be computed."""
        left = {row: Fraction(int(x)) for row, x in enumerate(column) if x}
        for row in sorted(self.basis):
            if left.get(row):
                factor = left[row]
                for other, x in self.basis[row].items():
                    left[other] = left.get(other, Fraction(0)) - factor * x
                    if not left[other]:
                        del left[other]
        return left

    def learn(self, column):
        left = self.rest(column)
        if left:
            lead = min(left)
            self.basis[lead] = {row: x / left[lead] for row, x in left.items()}

    def knows(self, column):
        return not self.rest(column)


def disclosed(columns, published, primaries):
    """The primaries an attacker can compute from the published cells."""
    known = Knowledge([columns[cell] for cell in published])
    return [cell for cell in primaries if known.knows(columns[cell])]
