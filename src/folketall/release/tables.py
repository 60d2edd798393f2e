"""A published cube as a table in the terminal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from rich.table import Table

from folketall.cubes.declared import NATION, Cube
from folketall.model.errors import UsageError
from folketall.release.figures import BREAK, BREAKS, SYMBOLS, Row, figure
from folketall.release.labels import DIMENSION_NAMES, label

SIDES = ("period", "geography", "level", "region")


def chosen_cells(
    published: DataFrame,
    declared: Cube,
    *,
    level: str = NATION,
    periods: Sequence[str] = (),
    regions: Sequence[str] = (),
    measures: Sequence[str] = (),
    codes: Mapping[str, Sequence[str]] | None = None,
) -> DataFrame:
    """The cells of a cube that were asked for; nothing said of a column means all of it.

    Args:
        published: PUBLISHED_CUBE.
        declared: the cube.
        level: one level of region.
        periods: years.
        regions: region codes of the level.
        measures: measures of the cube.
        codes: dimension to the codes wanted.

    Raises:
        UsageError: a cube, level, dimension, code or measure that is not declared.
    """
    wanted: dict[str, Sequence[str]] = {
        "period": periods,
        "region": regions,
        "measure": measures,
        **(codes or {}),
    }
    _require_declared(declared, level, wanted)
    cells = published.where((F.col("cube") == declared.name) & (F.col("level") == level))
    for name, values in wanted.items():
        if values:
            cells = cells.where(F.col(name).isin(list(values)))
    return cells


def cube_table(
    rows: Iterable[Row],
    declared: Cube,
    *,
    columns: str = "period",
    region_names: Mapping[tuple[str, str], str] | None = None,
    breaks: Collection[tuple[str, str]] = (),
) -> Table:
    """Lay out cells of one cube, with one dimension across.

    Args:
        rows: collected rows of PUBLISHED_CUBE, few enough to look at.
        declared: the cube.
        columns: what goes across: a dimension, `period`, `region` or `measure`.
        region_names: (level, code) to name; a region without one is shown by its code.
        breaks: (period, region) of figures that are of another territory than the period before.

    Returns:
        The table; what is the same in every row stands in the title.
    """
    fields = [*SIDES, *declared.dimension_names, "measure"]
    if columns not in fields:
        raise UsageError(
            f"{declared.name}: {columns} cannot go across; choose of {', '.join(fields)}"
        )
    cells = sorted(rows, key=lambda row: [_order(declared, name, row[name]) for name in fields])
    names = region_names or {}
    if _each_year_in_its_own_boundaries(cells):
        fields.remove("geography")
    varying = [f for f in fields if f != columns and len({row[f] for row in cells}) > 1]
    title = [declared.title]
    if cells:
        fixed = [f for f in fields if f not in (*varying, columns, "level")]
        title += [f"{DIMENSION_NAMES[f]}: {_word(cells[0], f, names)}" for f in fixed]
    table = _drawn(title, f"{SYMBOLS}   {BREAKS}" if breaks else SYMBOLS)
    for field in varying:
        table.add_column(DIMENSION_NAMES[field])
    across = list(dict.fromkeys(_word(row, columns, names) for row in cells))
    for heading in across:
        table.add_column(heading, justify="right")
    lines: dict[tuple[str, ...], dict[str, Row]] = {}
    for row in cells:
        side = tuple(_word(row, field, names) for field in varying)
        lines.setdefault(side, {})[_word(row, columns, names)] = row
    decimals = 1 if declared.derived else 0
    for side, found in lines.items():
        table.add_row(*side, *[_figure(found.get(one), decimals, breaks) for one in across])
    return table


def _drawn(title: Sequence[str], caption: str) -> Table:
    said = "\n".join([title[0], "   ".join(title[1:])]).strip()
    return Table(title=said, caption=caption, title_justify="left", caption_justify="left")


def _figure(row: Row | None, decimals: int, breaks: Collection[tuple[str, str]]) -> str:
    broken = row is not None and (row["period"], row["region"]) in breaks
    return f"{BREAK if broken else ''}{figure(row, decimals)}"


def _each_year_in_its_own_boundaries(cells: Sequence[Row]) -> bool:
    """They say nothing then that the year does not."""
    years = {row["period"] for row in cells}
    return len({(row["period"], row["geography"]) for row in cells}) == len(years)


def _word(row: Row, field: str, names: Mapping[tuple[str, str], str]) -> str:
    code = str(row[field])
    if field in ("region", "other_region") and code != "total":
        name = names.get((row["level"], code))
        return f"{code} {name}" if name and name.lower() != code else label(field, code)
    return label(field, code)


def _order(cube: Cube, field: str, code: str) -> tuple[int, str]:
    """Declared codes in their order, the total first as the office prints it."""
    if field == "measure":
        codes: Sequence[str] = (*cube.measures, *cube.nation_measures)
    else:
        own = {dimension.name: dimension for dimension in cube.dimensions}
        codes = own[field].all_codes if field in own else ()
    if code == "total":
        return -1, ""
    return (codes.index(code) if code in codes else len(codes)), str(code)


def _require_declared(cube: Cube, level: str, wanted: Mapping[str, Sequence[str]]) -> None:
    if level not in cube.levels:
        raise UsageError(f"{cube.name} has no level {level}; its levels: {', '.join(cube.levels)}")
    for field, codes in wanted.items():
        if field in ("period", "region", "other_region"):
            continue
        if field != "measure" and field not in cube.dimension_names:
            own = ", ".join(cube.dimension_names) or "none"
            raise UsageError(f"{cube.name} has no dimension {field}; its dimensions: {own}")
        declared = cube.measures_at(level) if field == "measure" else _codes(cube, level, field)
        for code in codes:
            if code not in declared:
                raise UsageError(
                    f"{cube.name}: {field} has no {code} at the level {level}; "
                    f"it has {', '.join(declared)}"
                )


def _codes(cube: Cube, level: str, dimension: str) -> list[str]:
    """The codes of a dimension that the cube has at a level, in order."""
    own = {code for table in cube.at(level) for code in table.codes(dimension)}
    return [code for code in cube.dimension(dimension).all_codes if code in own]
