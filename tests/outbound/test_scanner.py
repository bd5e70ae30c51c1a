"""Secrets are found by form, by name and by shape; what is written to be read is let be."""

from __future__ import annotations

from collections import Counter

import pytest

from aircherd.outbound import scanner
from aircherd.outbound.mask import mask
from aircherd.outbound.ruleset import ruleset
from aircherd.outbound.scanner import scan
from figures import Figure
from outbound.corpus import STRUCTURED, Planted, everything, leaked, private_keys

WANTED = {
    "structured": 0.99,
    "generic": 0.90,
    "addresses": 0.98,
    "private keys": 1.0,
    "split": 0.97,
}


def found(planted: list[Planted]) -> dict[str, float]:
    count = Counter(one.group for one in planted)
    missed = Counter(
        one.group for one in planted if leaked(one, mask([one.text]).texts[0])
    )  # fmt: skip
    return {group: 1 - missed[group] / count[group] for group in count}


def test_a_share_of_the_planted_secrets_is_found() -> None:
    rates = found([one for number, one in enumerate(everything(2)) if number % 13 == 0])
    assert {group: rates[group] for group in rates if rates[group] < WANTED[group] - 0.02} == {}


@pytest.mark.slow
def test_the_planted_secrets_are_found(figure: Figure) -> None:
    rates = found(list(everything(3)))
    assert {group: rates[group] for group in rates if rates[group] < WANTED[group]} == {}
    figure(
        ", ".join(f"{group} {rate:.2%}" for group, rate in rates.items())
        + " of planted secrets found"
    )


def test_there_are_fifty_kinds() -> None:
    assert len(STRUCTURED) >= 50
    assert len(ruleset().rules) > 200


def test_no_line_of_a_private_key_is_left() -> None:
    for one in private_keys(5):
        body = [part for part in one.text.replace("\\n", "\n").split("\n") if len(part) > 60]
        masked = mask([one.text]).texts[0]
        left = [part for part in body if part.strip(' +-"') in masked]
        assert not left, one.text


INNOCENT = (
    "def token_count(text: str) -> int:\n    return len(text.split())\n",
    'password = os.environ["DB_PASSWORD"]\n',
    'api_key = "YOUR_API_KEY_HERE"\n',
    "token = parser.next_token()\n",
    '"integrity": "sha512-abcDEF0123456789abcDEF0123456789abcDEF0123456789abcDEF0123=="\n',
    "commit 9f0cd3d817cac49dce85e353be70fd8dea1f8889\n",
    "postgres://user:password@localhost/db\n",
    'secret_name = "prod/db/password"\n',
    "PublicKeyToken=b77a5c561934e089\n",
    'key = "user.settings.theme"\n',
    "auth: ${{ secrets.GITHUB_TOKEN }}\n",
    'url = "https://example.com/a?token=<token>"\n',
    "uuid: 3f786850-e387-550f-dab8-36ed7e6dc881\n",
    "import { tokenize } from './tokenizer';\n",
    "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n",
    "password: changeme123\n",
    "the password must have at least 8 characters, 1 digit\n",
)


@pytest.mark.parametrize("text", INNOCENT)
def test_the_innocent_is_let_be(text: str) -> None:
    assert scan(text) == ()


HOSTILE = (
    '"' * 100_000, "key=" * 25_000, "a" * 100_000, "api_key: " * 11_000, "a://b:" * 16_000,
    "-----BEGIN RSA PRIVATE KEY-----\n" * 3_000, "password" + "." * 100_000 + "=x",
    "token" + " " * 100_000 + "= 'x'", "'" + "a" * 100_000, "\\\n" * 50_000, "ey" * 50_000,
    "xoxb-" * 20_000, "AKIA" * 25_000, "\x00" * 100_000, "é" * 100_000, "\ud800" * 1_000,
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.timeout(20)
def test_a_text_made_to_be_slow_is_read_in_time(text: str) -> None:
    scan(text)


def test_places_are_right_beside_any_letters() -> None:
    key = "ghp_x9Kf83jd7Hs62kLmQpWvRtYuZnBcAe41TgUi"
    text = f"ключ 🔑 \u2028 = '{key}' # é\r\n\tñ {key}"
    assert [text[one.begin : one.end] for one in scan(text)] == [key, key]
    assert mask([text]).restored(mask([text]).texts[0]) == text


def test_a_secret_across_the_border_of_two_chunks_is_found() -> None:
    key = "ghp_x9Kf83jd7Hs62kLmQpWvRtYuZnBcAe41TgUi"
    for before in (2**20 - 44, 2**20 - 20, 2**20 - 1, 2**20):
        text = "x " * (before // 2) + f" {key} y"
        assert key not in mask([text]).texts[0]


KEY = "ghp_x9Kf83jd7Hs62kLmQpWvRtYuZnBcAe41TgUi"


@pytest.mark.parametrize(
    "text",
    [
        f"+token: {KEY[:15]}\n+  {KEY[15:]}\n",
        f"+# {KEY[:15]}\n+# {KEY[15:]}\n",
        f"+{KEY[:9]}\n+{KEY[9:20]}\n+{KEY[20:]}\n",
        f"token = {KEY[:15]}\r\n{KEY[15:]}\r\n",
        f" {KEY[:15]}\n {KEY[15:]}\n",
        f'+key = "{KEY[:15]}" +\n+      "{KEY[15:]}"\n',
    ],
)
def test_a_key_wrapped_at_the_end_of_a_line_is_found(text: str) -> None:
    (one,) = scan(text)
    assert one.secret == KEY
    masked = mask([text])
    assert KEY[15:] not in masked.texts[0]
    assert KEY[:15] not in masked.texts[0]
    assert masked.restored(masked.texts[0]).count(KEY) == 1


@pytest.mark.parametrize(
    "text",
    [
        "+import package1\n+from module2 import name\n",
        "+version 1.2.3\n+version 1.2.4\n",
        "+3f786850e387550fdab8\n+36ed7e6dc881aabbccdd\n",
        "+    self.access_token_v2\n+    self.other_field_3\n",
    ],
)
def test_lines_that_end_in_words_are_let_be(text: str) -> None:
    assert scan(text) == ()


def test_no_keyword_about_names_holds_a_space() -> None:
    """What a word says is remembered by the word alone."""
    for word, rule in ruleset().assigned:
        assert word
        assert word.split() == [word], rule.name


def test_words_that_said_nothing_hide_none_that_do() -> None:
    calm = "the answer of gateway = abcdefghij12 and then"
    assert scan(calm) == ()
    assert "gateway" in scanner._CALM
    told = "the answer of datadog = 1234567890abcdef1234567890abcdef12345678 and then"
    for _ in range(2):
        assert [one.rule for one in scan(told)] == ["datadog-access-token"]
    assert "datadog" not in scanner._CALM


def test_what_has_digits_or_is_long_is_not_remembered() -> None:
    scanner._CALM.clear()
    scan(f"w0rd {'verylong' * 4} plain: abcdefghijklmnop1")
    assert "plain:" in scanner._CALM
    assert not any("w0rd" in word or "verylong" in word for word in scanner._CALM)


def test_words_that_are_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanner, "_MOST_CALM", 3)
    scanner._CALM.clear()
    for word in ("one", "two", "three", "four", "five", "six", "seven", "eight"):
        scan(f"{word} = abcdefghijkl1")
        assert 0 < len(scanner._CALM) <= 6
