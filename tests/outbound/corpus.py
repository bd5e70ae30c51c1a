"""Planted secrets: what each looks like, and what it stands in. Made from a seed, all of it.

The forms are written down here from what their makers document or show, not taken from the rules
that have to find them. Every value is random; none was ever anybody's.
"""

from __future__ import annotations

import base64
import json
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

UPPER, LOWER, DIGITS = string.ascii_uppercase, string.ascii_lowercase, string.digits
ALNUM = UPPER + LOWER + DIGITS
HEX = "0123456789abcdef"
URLSAFE = ALNUM + "_-"
B64 = ALNUM + "+/"


@dataclass(frozen=True, slots=True)
class Planted:
    """A text with a secret in it."""

    group: str
    kind: str
    text: str
    secret: str
    """As the text has it, but for seams."""


def _of(random: Random, alphabet: str, count: int) -> str:
    return "".join(random.choices(alphabet, k=count))


def _jwt(random: Random) -> str:
    def part(value: object) -> str:
        raw = json.dumps(value, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    body = {"sub": _of(random, DIGITS, 10), "name": _of(random, LOWER, 8), "iat": 1767225600}
    return f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(body)}.{_of(random, URLSAFE, 43)}"


Form = Callable[[Random], str]
STRUCTURED: dict[str, tuple[str, Form]] = {
    # kind: (a name it is given, how it looks)
    "aws access key": ("aws_access_key_id", lambda r: "AKIA" + _of(r, UPPER + "234567", 16)),
    "aws secret key": ("aws_secret_access_key", lambda r: _of(r, B64, 40)),
    "github token": ("github_token", lambda r: "ghp_" + _of(r, ALNUM, 36)),
    "github app token": ("token", lambda r: "ghs_" + _of(r, ALNUM, 36)),
    "github fine-grained": ("token", lambda r: f"github_pat_{_of(r, ALNUM, 22)}_{_of(r, ALNUM, 59)}"),
    "gitlab token": ("gitlab_token", lambda r: "glpat-" + _of(r, URLSAFE, 20)),
    "slack bot": ("slack", lambda r: f"xoxb-{_of(r, DIGITS, 12)}-{_of(r, DIGITS, 13)}-{_of(r, ALNUM, 24)}"),
    "slack webhook": ("url", lambda r: "https://hooks.slack.com/services/T" + _of(r, UPPER + DIGITS, 10) + "/B" + _of(r, UPPER + DIGITS, 10) + "/" + _of(r, ALNUM, 24)),
    "stripe live key": ("stripe", lambda r: "sk_live_" + _of(r, ALNUM, 40)),
    "google api key": ("maps_key", lambda r: "AIza" + _of(r, URLSAFE[:-1] + "-", 35)),
    "openai project key": ("key", lambda r: f"sk-proj-{_of(r, URLSAFE, 74)}T3BlbkFJ{_of(r, URLSAFE, 74)}"),
    "openai key": ("key", lambda r: f"sk-{_of(r, ALNUM, 20)}T3BlbkFJ{_of(r, ALNUM, 20)}"),
    "anthropic key": ("key", lambda r: f"sk-ant-api03-{_of(r, URLSAFE, 93)}AA"),
    "openrouter key": ("key", lambda r: "sk-or-v1-" + _of(r, HEX, 64)),
    "groq key": ("key", lambda r: "gsk_" + _of(r, ALNUM, 52)),
    "xai key": ("key", lambda r: "xai-" + _of(r, ALNUM, 80)),
    "nvidia key": ("key", lambda r: "nvapi-" + _of(r, URLSAFE, 64)),
    "perplexity key": ("key", lambda r: "pplx-" + _of(r, ALNUM, 48)),
    "replicate token": ("token", lambda r: "r8_" + _of(r, ALNUM, 37)),
    "hugging face token": ("token", lambda r: "hf_" + _of(r, UPPER + LOWER, 34)),
    "deepseek key": ("key", lambda r: "sk-" + _of(r, HEX, 32)),
    "npm token": ("token", lambda r: "npm_" + _of(r, LOWER + DIGITS, 36)),
    "pypi token": ("token", lambda r: "pypi-AgEIcHlwaS5vcmc" + _of(r, URLSAFE, 80)),
    "rubygems key": ("key", lambda r: "rubygems_" + _of(r, HEX, 48)),
    "sendgrid key": ("key", lambda r: f"SG.{_of(r, URLSAFE, 22)}.{_of(r, URLSAFE, 43)}"),
    "twilio key": ("twilio_key", lambda r: "SK" + _of(r, HEX, 32)),
    "json web token": ("bearer", _jwt),
    "digitalocean token": ("token", lambda r: "dop_v1_" + _of(r, HEX, 64)),
    "shopify token": ("token", lambda r: "shpat_" + _of(r, HEX, 32)),
    "vault token": ("token", lambda r: "hvs." + _of(r, URLSAFE, 96)),
    "doppler token": ("token", lambda r: "dp.pt." + _of(r, LOWER + DIGITS, 43)),
    "linear key": ("key", lambda r: "lin_api_" + _of(r, LOWER + DIGITS, 40)),
    "postman key": ("key", lambda r: f"PMAK-{_of(r, HEX, 24)}-{_of(r, HEX, 34)}"),
    "databricks token": ("token", lambda r: "dapi" + _of(r, HEX, 32)),
    "atlassian token": ("token", lambda r: "ATATT3" + _of(r, URLSAFE, 186)),
    "grafana token": ("token", lambda r: f"glsa_{_of(r, ALNUM, 32)}_{_of(r, HEX, 8)}"),
    "new relic key": ("key", lambda r: "NRAK-" + _of(r, LOWER + DIGITS, 27)),
    "planetscale token": ("token", lambda r: "pscale_tkn_" + _of(r, URLSAFE, 43)),
    "heroku token": ("token", lambda r: "HRKU-AA" + _of(r, URLSAFE, 58)),
    "age key": ("key", lambda r: "AGE-SECRET-KEY-1" + _of(r, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)),
    "azure client secret": ("client_secret", lambda r: _of(r, LOWER, 3) + "8Q~" + _of(r, URLSAFE, 34)),
    "telegram bot": ("telegram_token", lambda r: f"{_of(r, '123456789', 10)}:AA{_of(r, URLSAFE, 33)}"),
    "square token": ("token", lambda r: "EAAA" + _of(r, URLSAFE, 60)),
    "dynatrace token": ("token", lambda r: f"dt0c01.{_of(r, UPPER + DIGITS, 24)}.{_of(r, UPPER + DIGITS, 64)}"),
    "notion token": ("token", lambda r: f"ntn_{_of(r, DIGITS, 11)}{_of(r, ALNUM, 35)}"),
    "pulumi token": ("token", lambda r: "pul-" + _of(r, HEX, 40)),
    "terraform cloud": ("token", lambda r: f"{_of(r, ALNUM, 14)}.atlasv1.{_of(r, URLSAFE, 65)}"),
    "1password token": ("token", lambda r: "ops_eyJ" + _of(r, B64, 300)),
    "mailgun key": ("mailgun_key", lambda r: "key-" + _of(r, HEX, 32)),
    "discord secret": ("discord_client_secret", lambda r: _of(r, URLSAFE, 32)),
    "mailchimp key": ("mailchimp_key", lambda r: _of(r, HEX, 32) + "-us" + str(r.randint(10, 20))),
    "dropbox secret": ("dropbox_app_secret", lambda r: _of(r, LOWER + DIGITS, 15)),
}  # fmt: skip

SHAPES: tuple[str, ...] = (
    "{N}={v}", "export {N}={v}", "export {N}='{v}'", '{N}="{v}"', "{n}: {v}", '{n}: "{v}"',
    "  - {N}={v}", '  - name: {N}\n    value: "{v}"', '"{n}": "{v}",', '{{"{n}":"{v}"}}',
    '{n} = "{v}"', "{n} = '{v}'", 'const {n} = "{v}";', "let {n} = `{v}`;", 'var {n} string = "{v}"',
    '{n} := "{v}"', 'private static final String {N} = "{v}";', "<{n}>{v}</{n}>",
    '<add key="{n}" value="{v}" />', "$${n} = '{v}';", "'{n}' => '{v}',", ":{n} => \"{v}\"",
    "# {n} = {v}", "// TODO remove: {n} {v}", 'self.{n} = "{v}"', '{n}={v}&user=a',
    'os.environ["{N}"] = "{v}"', 'client = Client({n}="{v}")', "ENV {N}={v}", "ARG {N} = {v}",
    "{n} | {v} | prod", "curl -H 'X-Key: {v}' -d {n}", 'echo "{n}={v}" >> file', "{n}\t{v}",
    "set {n} {v}", 'if {n} == "{v}" then', "--{d}={v} \\", "--{d} {v}", "{n}: {v} # old",
    "[{n}]({v})",
)  # fmt: skip
"""40 ways to write a name and a value; `n` the name, `N` in capitals, `d` with dashes."""
SIGNS = ("", "+", "-", "+    ", " ")
"""How a line begins: a file, added, removed, indented, unchanged."""

NAMED_ONLY = frozenset(
    {"aws secret key", "twilio key", "telegram bot", "mailgun key", "discord secret",
     "mailchimp key", "dropbox secret"}
)  # fmt: skip
"""Kinds that are only told by their names: without one they are any random text."""
NAMELESS_SHAPES = frozenset(
    {"curl -H 'X-Key: {v}' -d {n}", "// TODO remove: {n} {v}", "{n} | {v} | prod", "{n}\t{v}",
     "set {n} {v}", "[{n}]({v})", "--{d} {v}", "<{n}>{v}</{n}>",
     '  - name: {N}\n    value: "{v}"', '<add key="{n}" value="{v}" />'}
)  # fmt: skip
"""Ways without an operator between name and value."""

NAMES = (
    "password", "db_password", "DB_PASS", "api_key", "apiKey", "secret", "client_secret",
    "auth_token", "access_token", "private_key", "passphrase", "smtp_password", "encryption_key",
    "signing_key", "jwt_secret", "session_secret", "admin_password", "webhook_secret",
)  # fmt: skip
GENERIC_SHAPES = tuple(
    shape for shape in SHAPES if shape not in NAMELESS_SHAPES and not shape.startswith("<")
)


def _password(random: Random) -> str:
    """A strong password: letters, digits and signs, none of which ends a quoted text."""
    core = _of(random, ALNUM, 9) + random.choice("!@%^*?~") + _of(random, DIGITS, 2)
    return "".join(random.sample(core, len(core)))


VALUES: tuple[Form, ...] = (
    lambda r: _of(r, HEX, 32),
    lambda r: _of(r, HEX, 64),
    lambda r: _of(r, ALNUM, 24),
    lambda r: _of(r, ALNUM, 40),
    lambda r: _of(r, B64, 43) + "=",
    _password,
)

SCHEMES = (
    "postgres",
    "postgresql",
    "mysql",
    "mongodb+srv",
    "redis",
    "amqp",
    "https",
    "ftp",
    "smtp",
)
USERS = ("app", "root", "svc-deploy", "user%40corp", "a.b")
HOSTS = ("db.internal:5432/prod", "10.0.0.5", "example.com/path?x=1", "[::1]:6379/0", "$HOST/db")


def _filled(shape: str, name: str, value: str) -> str:
    return (
        shape.replace("{{", "{").replace("}}", "}").replace("{N}", name.upper())
        .replace("{n}", name).replace("{d}", name.replace("_", "-")).replace("{v}", value)
    )  # fmt: skip


def structured(seed: int) -> Iterator[Planted]:
    """Every kind in 200 surroundings."""
    for kind, (name, form) in STRUCTURED.items():
        random = Random(f"{seed} {kind}")
        for sign in SIGNS:
            for shape in SHAPES:
                if kind in NAMED_ONLY and shape in NAMELESS_SHAPES:
                    continue
                value = form(random)
                line = _filled(shape, name, value).replace("\n", f"\n{sign}")
                yield Planted("structured", kind, f"{sign}{line}\n", value)


def generic(seed: int) -> Iterator[Planted]:
    """Passwords and keys nobody's prefix tells."""
    random = Random(f"{seed} generic")
    for name in NAMES:
        for shape in GENERIC_SHAPES:
            value = random.choice(VALUES)(random)
            sign = random.choice(SIGNS)
            yield Planted("generic", name, f"{sign}{_filled(shape, name, value)}\n", value)


def addresses(seed: int) -> Iterator[Planted]:
    """Passwords inside addresses."""
    random = Random(f"{seed} addresses")
    for scheme in SCHEMES:
        for user in USERS:
            for host in HOSTS:
                value = random.choice((_password, VALUES[2]))(random).replace("?", "%3F")
                value = value.replace("@", "%40")
                text = f"{random.choice(SIGNS)}url = {scheme}://{user}:{value}@{host}\n"
                yield Planted("addresses", scheme, text, value)


PEM_KINDS = ("RSA ", "EC ", "DSA ", "OPENSSH ", "ENCRYPTED ", "")


def private_keys(seed: int) -> Iterator[Planted]:
    """Keys in PEM, whole, cut off at either of a diff's ends, and inside other files."""
    random = Random(f"{seed} pem")
    for kind in PEM_KINDS:
        for number in range(40):
            lines = [_of(random, B64, 64) for _ in range(random.randint(3, 26))]
            lines.append(_of(random, B64, random.randint(4, 60)) + "=")
            begin, end = f"-----BEGIN {kind}PRIVATE KEY-----", f"-----END {kind}PRIVATE KEY-----"
            sign = SIGNS[number % len(SIGNS)]
            body = "".join(f"{sign}{line}\n" for line in lines)
            match number % 5:
                case 0:
                    text = f"{sign}{begin}\n{body}{sign}{end}\n"
                case 1:
                    text = f"{sign}{begin}\n{body}@@ -1,2 +3,4 @@\n context\n"
                case 2:
                    joined = "\\n".join((begin, *lines, end, ""))
                    text = f'{sign}  "private_key": "{joined}",\n'
                case 3:
                    text = f"{sign}key: |\n{sign}  {begin}\n" + "".join(
                        f"{sign}  {line}\n" for line in lines
                    )
                case _:
                    text = f'{sign}k = """{begin}\n{body}{sign}{end}"""\n'
            yield Planted("private keys", kind.strip() or "PKCS8", text, lines[1])


SEAMS: tuple[str, ...] = (
    '"{a}" +\n    "{b}"', '"{a}"\n    "{b}"', "'{a}' . '{b}'", '"{a}" \\\n  "{b}"', "{a}\\\n{b}",
    '"{a}" & "{b}"', '"{a}" + "{b}"', "`{a}` +\n`{b}`",
    "{a}\n{b}", ">-\n  {a}\n  {b}", "{a}\r\n{b}", "{a}\n# {b}", "{a}\n * {b}", "<{a}\n    {b}>",
)  # fmt: skip


def split(seed: int) -> Iterator[Planted]:
    """Structured keys that go on in the next line or the next quotes."""
    random = Random(f"{seed} split")
    whole = [k for k in STRUCTURED if k not in NAMED_ONLY and k != "slack webhook"]
    for kind in whole:
        name, form = STRUCTURED[kind]
        for shape in SEAMS:
            value = form(random)
            at = random.randint(6, len(value) - 6)
            sign = random.choice(("", "+"))
            text = shape.replace("{a}", value[:at]).replace("{b}", value[at:])
            text = text.replace("\n", f"\n{sign}")
            yield Planted("split", kind, f"{sign}{name} = {text}\n", value)


GROUPS = (structured, generic, addresses, private_keys, split)


def everything(seed: int = 1) -> Iterator[Planted]:
    """The whole corpus."""
    for group in GROUPS:
        yield from group(seed)


def leaked(planted: Planted, masked: str) -> bool:
    """Whether a telling part of a secret still stands: 12 characters in a row, or all of it."""
    size = min(12, len(planted.secret))
    secret = planted.secret
    return any(secret[at : at + size] in masked for at in range(len(secret) - size + 1))
