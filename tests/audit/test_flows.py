"""X3, M4: the audit of migrations against an attacker over every kind of migration."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from folketall.audit.exact import exact_disclosures
from folketall.audit.flows import audit_flows, flow_system
from folketall.audit.verdict import Promise
from tests.protection.flow_registers import CUBES, PLACES
from tests.protection.test_flows import SETS, drawn, known, public, small_counts

LISTS = pd.DataFrame(
    [(m, level, region) for m, of in PLACES.items() for level, region in of.items()]
    + [(m, "municipality", m) for m in PLACES],
    columns=["piece", "level", "region"],
)


def shown(table, hidden):
    return table.assign(count=table["value"], value=table["value"].where(~hidden))


def audited(table, hidden, names, **promise):
    cubes = {name: CUBES[name] for name in names}
    return audit_flows(
        shown(table, hidden), LISTS, cubes, period="2024", promise=Promise(**promise)
    )


@pytest.mark.rule("X3", "M4")
@pytest.mark.parametrize("names", SETS, ids="+".join)
def test_the_audit_finds_what_the_attacker_over_all_migrations_finds(names):
    found = 0
    for seed in range(2):
        table, columns, hidden = drawn(names, seed, singletons="none", min_width=0)
        truth = table["value"].to_numpy().astype(np.int64)
        net = (table["measure"] == "net").to_numpy()
        small = small_counts(table, public(table))
        cubes = {name: CUBES[name] for name in names}
        for cell in (None, *np.flatnonzero(hidden & ~net & (truth > 3))[:2]):
            weak = hidden.copy()
            weak[[] if cell is None else cell] = False
            system, target = flow_system(shown(table, weak), LISTS, cubes)
            exact = exact_disclosures(system)
            mine = exact.computable & small[target]
            its = known(columns, truth, weak, target[small[target]])
            assert exact.contradictions == 0
            assert mine[small[target]].tolist() == its.tolist(), (seed, cell)
            assert (exact.value[mine] == truth[target[mine]]).all()
            found += int(mine.sum())
            verdict = audited(table, weak, names, singletons="none", min_width=0)
            assert verdict.disclosed.number == int(mine.sum())
            assert verdict.passed == (not mine.any())
    assert found or names == ("administrative", "by_country")


@pytest.mark.rule("X2", "X3", "M4")
def test_what_is_protected_passes_and_says_what_was_not_examined():
    for seed in range(3):
        table, _, hidden = drawn(SETS[-1], seed)
        verdict = audited(table, hidden, SETS[-1])
        assert verdict.passed, verdict.summary
        assert verdict.suppressed == int(hidden.sum()) > 0
        assert "not examined: sums of single persons; intervals" in verdict.summary
        assert "pairs of regions" in verdict.summary


@pytest.mark.rule("X3")
def test_a_small_flow_that_is_shown_and_figures_that_do_not_agree_fail():
    table, _, hidden = drawn(("by_group",), 1)
    small = np.flatnonzero(hidden & small_counts(table, public(table)))
    open_one = hidden.copy()
    open_one[small[0]] = False
    assert audited(table, open_one, ("by_group",)).published.number == 1
    cells = shown(table, hidden)
    at = cells.index[cells["value"] > 5][0]
    cells.loc[at, "value"] += 1
    wrong = audit_flows(cells, LISTS, CUBES, period="2024", promise=Promise())
    assert wrong.contradictions > 0
    assert not wrong.passed
