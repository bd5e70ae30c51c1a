"""Quality by model and task: published places with a source each, inferred tiers that say so."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from importlib.resources import files

import pytest

from aircherd.config.catalogue import bundled
from aircherd.config.figures import INFERRED, UNKNOWN, Figures, published
from aircherd.core.catalog import ModelRef, ModelSpec
from aircherd.core.tasks import TaskKind
from aircherd.quality import main

TABLE = tomllib.loads((files("aircherd.config") / "quality.toml").read_text("utf-8"))


def hosted(name: str) -> ModelSpec:
    return ModelSpec(ref=ModelRef("p", name), local=False)


def here(name: str) -> ModelSpec:
    return ModelSpec(ref=ModelRef("ollama", name), local=True)


def test_every_task_asks_for_kinds_of_work_and_every_place_is_one() -> None:
    assert set(TABLE["tasks"]) == set(TaskKind)
    for places in (*TABLE["ranks"].values(), *TABLE["local"].values()):
        kinds = {kind for kind in places if kind != "page"}
        assert kinds
        assert kinds <= set(TABLE["of"])
        assert all(1 <= places[kind] <= TABLE["of"][kind] for kind in kinds)


def test_one_model_differs_by_task_and_says_where_each_figure_is_from() -> None:
    luna = {task: bundled().figure(hosted("gpt-6-luna"), task) for task in TaskKind}
    generating, writing = luna[TaskKind.CODE_GENERATION], luna[TaskKind.COMMIT_MESSAGES]
    assert (generating.quality, writing.quality) == (0.733, 0.705)
    assert generating.said == "#37 of 469 at coding"
    assert writing.said == "#37 of 469 at coding, #64 of 402 at chat and writing"
    assert generating.source is not None
    assert generating.source.endswith("/gpt-6-luna.md")


@pytest.mark.parametrize("task", TaskKind)
def test_who_leads_in_every_kind_of_work_is_better_at_every_task(task: TaskKind) -> None:
    order = ["gpt-oss-20b", "gpt-5-4-mini", "claude-haiku-5-5", "claude-sonnet-5-5"]
    found = [bundled().quality(hosted(name), task) or 0.0 for name in order]
    assert found == sorted(found)
    assert len(set(found)) == len(order)


def test_what_nobody_published_is_inferred_or_unknown_and_never_zero() -> None:
    for spec in (hosted("ministral-8b-latest"), here("llama3.1:8b")):
        figure = bundled().figure(spec, TaskKind.DEBUGGING)
        assert (figure.said, figure.published) == (INFERRED, False)
        assert figure.quality is not None
    nobody = bundled().figure(hosted("nobody-has-heard"), TaskKind.DEBUGGING)
    assert (nobody.quality, nobody.said, nobody.source) == (None, UNKNOWN, None)


def test_a_size_is_found_behind_a_colon_and_behind_a_dash() -> None:
    for name in ("qwen2.5-coder:0.5b-instruct-q4_0", "Qwen/qwen2.5-coder-0.5b-instruct.gguf"):
        figure = bundled().figure(here(name), TaskKind.CODE_GENERATION)
        assert figure.said == "#410 of 469 at coding", name


@pytest.mark.parametrize("name", ["gemma3:27b", "gemma3n:e4b", "qwen3-coder:480b", "gemma3-27b-it"])
def test_a_size_nobody_has_a_line_for_has_not_the_places_of_another(name: str) -> None:
    figure = bundled().figure(here(name), TaskKind.CODE_GENERATION)
    assert (figure.said, figure.published) == (INFERRED, False)


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("gemma3", "gemma-3-4b"),
        ("gemma3:4b-it-qat", "gemma-3-4b"),
        ("gemma3:latest", "gemma-3-4b"),
        ("qwen2.5-coder:7b-instruct-q4_K_M", "qwen2-5-coder-7b"),
        ("qwen3-coder:30b-a3b-q8_0", "qwen3-coder-30b-a3b"),
        ("gpt-oss:20b", "gpt-oss-20b"),
        ("devstral-small-2:24b", "devstral-small-2"),
        ("deepseek-coder:6.7b-instruct", "deepseek-coder-6-7b-instruct"),
    ],
)
def test_a_size_that_is_the_pages_own_has_its_places(name: str, page: str) -> None:
    source = bundled().figure(here(name), TaskKind.CODE_GENERATION).source
    assert source is not None
    assert source.endswith(f"/{page}.md")


def test_a_task_whose_kind_of_work_was_not_tested_has_no_figure() -> None:
    table = {**TABLE, "ranks": {"x": {"chat": 3}}}
    figures = Figures(table)
    assert figures.of("x", TaskKind.CODE_GENERATION, local=False) is None
    assert figures.of("x", TaskKind.SUMMARIES, local=False) is not None


def test_the_middle_of_all_is_the_middle_of_the_scale() -> None:
    figures = Figures({**TABLE, "of": {"coding": 101}, "ranks": {"x": {"coding": 51}}})
    found = figures.of("x", TaskKind.CODE_GENERATION, local=False)
    assert found is not None
    assert found.quality == TABLE["middle"]


def test_the_table_is_shown_with_what_is_inferred_marked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--table"]) == 0
    told = capsys.readouterr().out
    lines = {line.split()[0]: line for line in told.splitlines()}
    assert "0.73" in lines["gpt-6-luna"]
    assert lines["ministral-8b-latest"].count("~0.45") == len(TaskKind)
    assert str(published().read) in told
    assert main(["--sources"]) == 0
    told = capsys.readouterr().out
    assert "/claude-opus-5-5.md" in told
    assert INFERRED in told


@pytest.mark.parametrize("words", [["quality", "--sources"], ["prices", "show"]])
def test_a_reader_that_leaves_early_ends_a_command_quietly(words: list[str]) -> None:
    """As `aircher quality --sources | head -1` does."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-P", "-m", "aircherd", *words]
    try:
        done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(writing)
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    assert b"BrokenPipe" not in done.stderr, done.stderr.decode()
