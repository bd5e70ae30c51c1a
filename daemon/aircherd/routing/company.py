"""Who may see the text: one company, and others only where the user named them."""

from __future__ import annotations

from collections.abc import Sequence

from aircherd.core.plan import Candidate, Refusal
from aircherd.core.settings import Settings
from aircherd.core.tasks import TaskKind
from aircherd.routing.downgrade import named


def one_company(
    task: TaskKind, ranked: Sequence[Candidate], settings: Settings, refused: list[Refusal]
) -> list[Candidate]:
    """The candidates that may be asked after the first one: its provider's, those the user named
    by a fallback order or a list for the task, and this machine's."""
    if not ranked:
        return []
    first = ranked[0].spec.ref.provider
    wanted = settings.task_models.get(task, ())
    welcome = set(settings.fallback_order) | {
        one.spec.ref.provider for one in ranked for name in wanted if named(name, one.spec.ref)
    }
    kept: list[Candidate] = []
    held_back: set[str] = set()
    for one in ranked:
        ref = one.spec.ref
        if ref.provider == first or ref.provider in welcome or one.spec.local:
            kept.append(one)
        elif ref.provider not in held_back:
            held_back.add(ref.provider)
            refused.append(
                Refusal(
                    provider=ref.provider,
                    model=None,
                    why=f"{first} comes first; add it to providers.fallback_order to allow it too",
                )
            )
    order = {name: place for place, name in enumerate(settings.fallback_order)}
    tail = sorted(
        kept[1:],
        key=lambda one: (
            one.spec.ref.provider != first,
            order.get(one.spec.ref.provider, len(order)),
        ),
    )
    return [kept[0], *tail]
