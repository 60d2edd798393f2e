"""Intake with single settings, and the registers that it leaves."""

from __future__ import annotations

from folketall.model.tables import REGISTERS
from folketall.registers import intake
from folketall.registers.validation import Checks
from folketall.registers.verdicts import Limits
from tests.support.frames import kept


def _told(codes, settings):
    limits = {name: settings.pop(name) for name in Limits._fields if name in settings}
    return {"checks": Checks(codes, **settings), "limits": Limits(**limits)}


def take(warehouse, deliveries, *, codes, **settings):
    """`intake.take`, keeping rows as the line does."""
    return intake.take(warehouse, deliveries, keep=kept, **_told(codes, settings))


def take_all(warehouse, folder, *, codes, today=None, **settings):
    """`intake.take_all`, keeping rows as the line does."""
    return intake.take_all(warehouse, folder, today=today, keep=kept, **_told(codes, settings))


def register_rows(warehouse, delivered):
    """The raw register as stored, every delivery; without rows where nothing was delivered."""
    table = REGISTERS[delivered]
    return warehouse.read(table) if warehouse.exists(table.name) else warehouse.empty(table)
