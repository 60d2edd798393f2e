"""Types and columns that several tables have."""

from __future__ import annotations

from pyspark.sql.types import BooleanType, DateType, DoubleType, IntegerType, LongType, StringType

from folketall.model.table import column

TEXT, DATE, INT, LONG, TRUTH, REAL = (
    StringType(),
    DateType(),
    IntegerType(),
    LongType(),
    BooleanType(),
    DoubleType(),
)
PERSON_ID = column("person_id", LONG, "The person; the same under every PIN it has had.")
MUNICIPALITY = column("municipality", TEXT, "Municipality code, 4 digits; 9999 unknown.")
SEX = column("sex", TEXT, "1 male, 2 female, unknown.")
AGE = column("age", INT, "Whole years; null when the birth date is unknown.")
MARITAL = column("marital_status", TEXT, "Status code 1-9, or unknown (K2).")
CITIZENSHIP = column("citizenship", TEXT, "Country code, or unknown (K2).")
BACKGROUND = column("country_background", TEXT, "Country background (F1); 000 Norway.")
IMMIGRANT = column("immigrant", TRUTH, "Rule F1.")
