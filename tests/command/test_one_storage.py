"""The whole line over a folder, an address and a schema of a catalog: the same public tables."""

from __future__ import annotations

from pathlib import Path

from folketall.line.asked import parse_years
from folketall.line.run import Line
from folketall.model.settings import read_settings
from tests.command.conftest import QUICK, YEARS
from tests.support.houses import HOUSES, house_at
from tests.test_checksums import checksums

__all__ = ["checksums"]


def test_every_warehouse_gives_the_same_checksums(spark, register, tmp_path, checksums, capsys):
    settings, places, files = read_settings(None, [QUICK[1]]), [], []
    for kind in HOUSES:
        place = tmp_path / kind
        place.mkdir()
        with house_at(kind, spark, place) as house:
            done: list = []
            Line(spark, house, settings, parse_years(YEARS), register, done.append).run()
            assert done
            (key,) = place.rglob("person_key/_delta_log")
            home = key.parents[1]
            kept = home.rename(tmp_path / f"{kind} kept")
        places.append(str(kept))
        files.append({f.name: f.read_bytes() for f in (Path(kept) / "published").glob("*.csv")})
    capsys.readouterr()
    for other in places[1:]:
        assert checksums.main([places[0], other]) == 0, capsys.readouterr().out
    assert len(files[0]) > 10
    assert files[0] == files[1] == files[2]
