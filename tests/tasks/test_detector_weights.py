"""The weights that are bundled, and the report on them, are of the data beside the scripts."""

from __future__ import annotations

import importlib.util
import json
import zlib
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
DATA = ROOT / "daemon" / "generate" / "detector"
WEIGHTS = ROOT / "daemon" / "aircherd" / "tasks" / "model.bin"
REPORT = ROOT / "tests" / "bench" / "DETECTOR.md"
LARGEST = 2_000_000


def digest() -> ModuleType:
    """The script that digests the data; it needs nothing but the standard library."""
    spec = importlib.util.spec_from_file_location("detector_digest", DATA / "digest.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_weights_and_report_are_of_the_data_as_it_is() -> None:
    """Red: run `python tests/bench/detector.py --write`, or train.py for the weights alone."""
    made_of = digest().made_of()
    header = json.loads(zlib.decompress(WEIGHTS.read_bytes()).split(b"\n", 1)[0])
    assert header["made_of"] == made_of
    assert f"`{made_of}`" in REPORT.read_text(encoding="utf-8")
    assert WEIGHTS.stat().st_size < LARGEST


def test_a_changed_row_changes_the_digest(tmp_path: Path) -> None:
    (tmp_path / "rows").mkdir()
    row = tmp_path / "rows" / "a.txt"
    row.write_text("[B en]\nit stopped\n", encoding="utf-8")
    before = digest().made_of(tmp_path)
    row.write_text("[B en]\nit stops\n", encoding="utf-8")
    assert digest().made_of(tmp_path) != before
