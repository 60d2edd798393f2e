"""The words for codes, as the office prints them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from folketall.classifications import read_rows

DIMENSION_NAMES = {
    "category": "Category",
    "years_of_residence": "Years of residence",
    "country_group": "Country background",
    "citizenship": "Citizenship",
    "sex": "Sex",
    "age": "Age",
    "immigrant": "Immigrant",
    "marital_status": "Marital status",
    "country": "Country",
    "other_region": "Other region",
    "period": "Year",
    "geography": "Boundaries",
    "level": "Level",
    "region": "Region",
    "measure": "Measure",
}
_CODES: Mapping[str, Mapping[str, str]] = {
    "category": {
        "total": "Total",
        "principal": "Principal applicants",
        "asylum": "Asylum seekers",
        "resettlement": "Resettlement refugees",
        "other": "Other refugees",
        "unspecified": "Unspecified",
        "family": "By family connection to refugee",
        "family_enlargement": "Family enlargement",
        "family_reunification": "Family reunification",
        "family_unspecified": "Family unspecified",
    },
    "citizenship": {"norwegian": "Norwegian", "foreign": "Foreign"},
    "sex": {"1": "Males", "2": "Females"},
    "immigrant": {"true": "Immigrants", "false": "The rest of the population"},
    "marital_status": {
        "1": "Unmarried",
        "2": "Married",
        "3": "Widowed",
        "4": "Divorced",
        "5": "Separated",
        "6": "Registered partner",
        "7": "Separated partner",
        "8": "Divorced partner",
        "9": "Surviving partner",
    },
    "measure": {
        "persons": "Persons",
        "change_on_year": "Change on the year, per cent",
        "share_of_immigrants": "Share of immigrants, per cent",
        "share_of_population": "Share of the population, per cent",
        "in": "In",
        "out": "Out",
        "net": "Net",
        "in_internal": "In, from Norway",
        "out_internal": "Out, to Norway",
        "intramunicipal": "Within municipalities",
        "between_counties": "Between counties",
        "between_municipalities": "Between municipalities",
        "emigration_administrative": "Administrative out-registrations",
    },
}


def label(dimension: str, code: str) -> str:
    """The word for a code; a code without one is its own word."""
    if dimension == "country":
        return _country_names().get(code, _plain(code))
    return _CODES.get(dimension, {}).get(code, _plain(code))


@cache
def _country_names() -> dict[str, str]:
    return {
        row["code"]: row["name_en"] or row["name_no"] for row in read_rows("countries/countries")
    }


def _plain(code: str) -> str:
    text = code.replace("_", " ")
    return text[:1].upper() + text[1:]
