"""Regions of municipalities, from the raw lists: the years from 2024 on, whose codes are those of the lists."""

from __future__ import annotations

import csv
from pathlib import Path

LISTS = Path(__file__).parents[2] / "src/folketall/classifications/geography"
LEVELS = ("municipality", "county", "economic_region", "region", "centrality", "nation")


def _rows(name):
    with (LISTS / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def regions(period):
    """{municipality: {level: region}}, the unknown municipality among them."""
    if int(period) < 2024:
        raise SystemExit(f"{period}: the attacker knows the boundaries of 2024 and later only")
    found = {"unknown": dict.fromkeys(LEVELS, "unknown") | {"nation": "0"}}
    for row in _rows("region_hierarchy_2024"):
        code = row["municip_code"]
        at = {"municipality": code, "county": row["county_code"], "nation": "0"}
        found[code] = dict.fromkeys(LEVELS, "unknown") | at | {"region": row["georegion_code"]}
    for row in _rows("region_ba_2024"):
        found[row["code"]]["economic_region"] = row["ba_region_code"].lstrip("0")
    for row in _rows("centrality_municipality"):
        if row["standard"].startswith("2020") and row["municipality_vintage"] == "2024":
            found[row["code"]]["centrality"] = row["class"]
    return found
