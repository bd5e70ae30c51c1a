"""Price tables: the bundled one, a newer one that is taken up, and what is no table at all."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aircherd.config import tables
from aircherd.config.catalogue import bundled
from aircherd.core.catalog import ModelRef, ModelSpec
from aircherd.core.errors import InvalidConfig
from aircherd.core.money import per_million, usd
from aircherd.features.notices import disagreement
from aircherd.prices import main

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def table(
    folder: Path, change: Callable[[dict[str, Any]], object], day: str = "2099-01-01"
) -> Path:
    made = tables.own()
    made["version"] = f"somebody's, {day}"
    change(made)
    path = folder / "table.json"
    path.write_text(json.dumps(made), "utf-8")
    return path


def luna(found: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = found["providers"]["openai"]["gpt-6-luna"]["prices"][0]
    return row


def price() -> int:
    spec = bundled().fill(ModelSpec(ref=ModelRef("openai", "gpt-6-luna"), local=False), NOW)
    assert spec.price is not None
    return spec.price.input


def test_rows_are_those_of_the_bundled_table() -> None:
    """They are read by its lines, so that no line may be passed over."""
    rows, whole = tables.own_rows(), tables.own()
    read = {
        provider: {model: json.loads(row) for model, row in of_it.items()}
        for provider, of_it in rows.hosts.items()
    }
    assert read == whole["providers"]
    assert rows.version == whole["version"]


def test_a_bundled_table_of_another_layout_is_no_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "models.json"
    lines = tables._BUNDLED.read_text("utf-8").splitlines()
    monkeypatch.setattr(tables, "_BUNDLED", path)
    path.write_text("\n".join([*lines[:3], '  "indented": {}', *lines[3:]]), "utf-8")
    with pytest.raises(ValueError, match="no model"):
        tables.own_rows()


def test_a_newer_table_is_shown_and_taken_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = price()
    told: list[bool] = []

    def change(made: dict[str, Any]) -> None:
        luna(made)["input"] = "7.5"
        del made["providers"]["openai"]["gpt-6-sol"]
        made["providers"]["openai"]["gpt-6.1-terra"]["prices"][0]["cache_read"] = "0.01"

    new = str(table(tmp_path, change))
    assert main(["diff", new]) == 0
    shown = capsys.readouterr().out
    assert "openai/gpt-6-luna" in shown
    assert "→ 7.5 / 0.5  dearer" in shown
    assert "→ unknown" in shown
    assert "other prices for cached or long prompts" in shown
    assert "3 prices are different" in shown
    assert price() == before, "looking changes nothing"

    assert main(["update", new, "--yes"], lambda: told.append(True)) == 0
    assert told == [True]
    assert price() == per_million("7.5")
    assert bundled().version == "somebody's, 2099-01-01"
    assert main(["show"]) == 0
    assert "in force" in capsys.readouterr().out
    assert main(["update", new, "--yes"]) == 1, "the same table is not newer"


def test_nothing_is_taken_up_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = str(table(tmp_path, lambda made: luna(made).update(input="7.5")))
    assert main(["update", new]) == 1
    assert "--yes" in capsys.readouterr().err
    assert not tables.taken_up().exists()


def test_an_older_table_is_refused_and_a_newer_version_overtakes_one(tmp_path: Path) -> None:
    old = table(tmp_path, lambda made: luna(made).update(input="7.5"), day="2020-01-01")
    assert main(["update", str(old), "--yes"]) == 1
    tables.taken_up().parent.mkdir(parents=True, exist_ok=True)
    tables.taken_up().write_bytes(old.read_bytes())
    assert price() != per_million("7.5")


def test_a_table_that_was_damaged_is_passed_over(tmp_path: Path) -> None:
    before = price()
    new = table(tmp_path, lambda made: luna(made).update(input="7.5"))
    assert main(["update", str(new), "--yes"]) == 0
    assert price() == per_million("7.5")
    text = tables.taken_up().read_text("utf-8")
    tables.taken_up().write_text(text[: len(text) // 2], "utf-8")
    assert price() == before


@pytest.mark.parametrize(
    "change",
    [
        lambda made: luna(made).update(input="-1"),
        lambda made: luna(made).update(input="NaN"),
        lambda made: luna(made).update(output="1e9"),
        lambda made: luna(made).update(cache_read="free"),
        lambda made: luna(made).pop("output"),
        lambda made: luna(made).update(tiers=[{"above": 1, "input": "1", "output": "Infinity"}]),
        lambda made: luna(made).update(tiers=[{"input": "1", "output": "1"}]),
        lambda made: made.update(version="no day"),
        lambda made: made.pop("version"),
        lambda made: made.update(providers=[]),
        lambda made: made.update(providers={}),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, change: Any) -> None:
    with pytest.raises(InvalidConfig, match="no price table"):
        tables.read(table(tmp_path, change))


def test_a_file_that_is_not_there_or_is_something_else(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfig, match="cannot be read"):
        tables.read(tmp_path / "none.json")
    other = tmp_path / "other.json"
    other.write_bytes(b"\xff\x00")
    with pytest.raises(InvalidConfig):
        tables.read(other)


def test_the_generator_renews_prices_in_a_child_and_keeps_limits(tmp_path: Path) -> None:
    generator = Path(__file__).parents[2] / "daemon" / "generate" / "prices.py"
    base = table(tmp_path, lambda made: luna(made).update(input="7.5"), day="2020-01-01")
    made = tmp_path / "made.json"
    words = [sys.executable, str(generator), "--limits-of", str(base), "--output", str(made)]
    subprocess.run(words, check=True, capture_output=True, timeout=100)
    fresh, own = tables.read(made), tables.own()
    assert list(tables.changes(own, fresh, NOW)) == []
    row = "gpt-6-luna"
    assert fresh["providers"]["openai"][row] == own["providers"]["openai"][row]


def test_looking_at_prices_loads_no_price_engine() -> None:
    code = (
        "import sys; from aircherd.config.catalogue import bundled; bundled();"
        "sys.exit('genai_prices' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_open_weights_are_not_offered_by_who_does_not_serve_them() -> None:
    assert "gpt-oss-20b" not in {spec.ref.model for spec in bundled().known("openai", NOW)}
    assert "openai/gpt-oss-20b" in {spec.ref.model for spec in bundled().known("groq", NOW)}


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        ("0.10", None, False),
        ("0.10", "0.10", False),
        ("0.10", "0.104", False),
        ("0.10", "0.12", True),
        ("0.10", "0.08", True),
        ("0.0000001", "0.000001", False),
        ("0.10", "0", True),
    ],
)
def test_a_provider_s_own_figure_is_compared(ours: str, theirs: str | None, said: bool) -> None:
    found = disagreement("openrouter", usd(ours), None if theirs is None else usd(theirs))
    assert (found is not None) is said
    if found is not None:
        assert "aircher prices diff" in found
