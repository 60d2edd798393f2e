# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
# ---

# %% [markdown]
# # A look at a warehouse
#
# For statisticians inside the office. It only reads tables; what they mean is in docs/tables.md and
# docs/method. Open it with jupytext or an editor that knows `# %%` cells, or run it whole:
# `.venv/bin/python notebooks/look.py`.

# %%
from pyspark.sql import functions as F

from folketall.storage.session import local_session

try:
    import matplotlib.pyplot as plt
except ImportError:
    plt = None  # Tables only.

# %% Parameters
WAREHOUSE = "out/warehouse"
MUNICIPALITY = "0301"  # In the codes of the end of the account's year.

# %%
spark = local_session()


def table(name):
    return spark.read.format("delta").load(f"{WAREHOUSE}/{name}")


# %% [markdown]
# ## Which rule found the reason, by period of immigration
# Many C5, C6 and C7 in recent years are a sign of poor linkage or of a late delivery from UDB.

# %%
arrived = table("first_immigration").withColumn(
    "from_year", F.floor(F.year("first_immigration_date") / 5) * 5
)
by_rule = (
    table("reason_for_immigration")
    .join(arrived, "person_id")
    .groupBy("from_year")
    .pivot("rule", [f"C{number}" for number in range(1, 9)])
    .count()
    .na.fill(0)
    .orderBy("from_year")
)
by_rule.show(60, truncate=False)

# %% [markdown]
# ## How DUF numbers were linked

# %%
table("person_link").groupBy("method").agg(
    F.count("*").alias("numbers"), F.round(F.avg("score"), 2).alias("mean_score")
).orderBy("method").show()

# %% [markdown]
# ## What was noted, and what was refused

# %%
table("inconsistency").groupBy("rule", "what").count().orderBy("rule", "what").show(60)
table("rejected_row").groupBy("source", "table", "rule", "why").count().orderBy(
    "source", "table", "rule", "why"
).show(60, truncate=False)

# %% [markdown]
# ## Immigration and emigration by year, as published

# %%
flows = (
    table("published_cube")
    .where("cube = 'migrations_by_age' and level = 'nation' and sex = 'total' and age = 'total'")
    .where("measure in ('immigration', 'emigration', 'net')")
    .groupBy("period")
    .pivot("measure", ["immigration", "emigration", "net"])
    .agg(F.first("value"))
    .orderBy("period")
)
flows.show(60)

# %%
if plt is not None:
    years = flows.toPandas().set_index("period")
    axes = years.plot(marker="o", figsize=(9, 4))
    axes.set_title("Immigration, emigration and net migration")
    axes.set_xlabel("")
    axes.set_ylim(bottom=min(0, years.min().min()))
    plt.show()

# %% [markdown]
# ## The account of one municipality (S4), before protection
# The stock at the end is the stock at the start and what came between.

# %%
TERMS = [
    "stock_start", "births", "deaths", "immigrations", "emigrations", "in", "out",
    "opened_otherwise", "boundary_in", "boundary_out", "stock_end",
]  # fmt: skip
(
    table("account")
    .where(F.col("municipality") == MUNICIPALITY)
    .groupBy("reference_year")
    .pivot("term", TERMS)
    .agg(F.sum("persons"))
    .na.fill(0)
    .orderBy("reference_year")
    .show(60)
)

# %% [markdown]
# ## Persons with refugee background in the counties, as published
# An empty figure is protected; `status` says how.

# %%
newest = table("published_cube").where("cube = 'refugees_by_category'").agg(F.max("period"))
(
    table("published_cube")
    .where("cube = 'refugees_by_category' and level = 'county' and measure = 'persons'")
    .join(newest.withColumnRenamed("max(period)", "period"), "period")
    .groupBy("period", "region")
    .pivot("category", ["principal", "family", "total"])
    .agg(F.first("value"))
    .orderBy("region")
    .show(60)
)
