"""The README's table of what works where is the one this run makes."""

from __future__ import annotations

import pytest

from aircherd.providers import registry
from providers import conformance
from providers.conformance import BESIDES, CONVERSATIONS, NO, PARTLY, README, YES


def test_the_readme_s_table_is_what_this_run_finds() -> None:
    assert conformance.section() in README.read_text("utf-8"), (
        "run `python tests/providers/conformance.py`"
    )


def test_every_row_of_the_hosts_stands_in_it() -> None:
    assert {host.name for host in conformance.hosts()} == set(registry.rows())


@pytest.mark.parametrize(
    ("provider", "operation", "wanted"),
    [
        ("openai", "tools", YES),
        ("anthropic", "vectors", NO),
        ("anthropic", "pictures made", NO),
        ("gemini", "picture, by address", NO),
        ("ollama", "a tool demanded", PARTLY),
        ("cohere", "one call at a time", PARTLY),
        ("lmstudio", "picture, by address", NO),
        ("openrouter", "tokens counted", PARTLY),
        ("ollama", "pull, load, unload", YES),
    ],
)
def test_cells_that_are_known(provider: str, operation: str, wanted: str) -> None:
    host = next(host for host in conformance.hosts() if host.name == provider)
    assert conformance.cell(host, operation) == wanted


def test_a_body_the_official_sdk_has_no_place_for_ends_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from aircherd.providers.cohere import family

    made = family.body_of
    monkeypatch.setattr(family, "body_of", lambda *a: (made(*a)[0] | {"colour": "red"}, []))
    host = next(host for host in conformance.hosts() if host.name == "cohere")
    with pytest.raises(Exception, match="colour"):
        conformance.cell(host, "tools")


def test_every_operation_has_somebody_who_offers_it() -> None:
    for name in (*CONVERSATIONS, *BESIDES):
        assert any(conformance.cell(host, name) == YES for host in conformance.hosts()), name
