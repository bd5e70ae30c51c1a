"""How definitions, comments and imports look in the common programming languages.

Patterns are matched at the start of one line, which the caller has shortened; a group's name is
the kind of thing the line defines. They tell what a line most likely is: a parser would need the
whole file, and a diff does not have it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from aircherd.commits.drafting.word_set import word_set


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """What is known of one language."""

    name: str
    definition: re.Pattern[str]
    comment: re.Pattern[str]
    imports: re.Pattern[str] | None = None
    private: re.Pattern[str] | None = None
    """Matches definition lines of things not meant for other modules."""
    public: re.Pattern[str] | None = None
    """Where given, only definition lines it matches are public."""


_WORD = r"[A-Za-z_$][\w$]*"
_SLASHES = re.compile(r"\s*(?://|/\*|\*(?![\w(])|\*/)")
_HASH = re.compile(r"\s*#(?!!|\[|include|define|if|endif|else|undef|pragma)")
_MODIFIERS = r"(?:@\w+(?:\([^()]{0,60}\))? )?(?:(?:public|protected|private|internal|static|final|abstract|override|open|sealed|async|virtual|partial|readonly|data|inline|suspend|operator|default|synchronized|native|extern|unsafe|inner|companion|lateinit|const|export|declare|fileprivate|mutating|required|convenience|class(?= func)|annotation|value|fun(?= interface)|transient|volatile|new|tailrec|infix|expect|actual) ){0,7}"

_PYTHON = Language(
    name="python",
    definition=re.compile(
        r"\s*(?:(?:async )?def (?P<function>\w+)|class (?P<class>\w+)"
        r"|(?P<constant>_?[A-Z][A-Z0-9_]{2,})(?: ?: ?[^=]{1,60})? = )"
    ),
    comment=re.compile(r'\s*(?:#(?!!)|"""|\'\'\')'),
    imports=re.compile(r"\s*(?:import |from \S+ import )"),
    private=re.compile(r"\s*(?:async )?(?:def|class)? ?_(?!_)"),
)

_SCRIPT = Language(
    name="javascript",
    definition=re.compile(
        r"\s*(?:export )?(?:default )?(?:declare )?(?:"
        rf"(?:async )?function\*? ?(?P<function>{_WORD})"
        rf"|(?:abstract )?class (?P<class>{_WORD})"
        rf"|interface (?P<interface>{_WORD})|(?:const )?enum (?P<enum>{_WORD})"
        rf"|type (?P<type>{_WORD})(?:<[^=]{{1,60}}>)? ?="
        rf"|namespace (?P<module>{_WORD})"
        rf"|(?:const|let|var) (?P<arrow>{_WORD})(?:: ?[^=]{{1,80}})? ?= ?(?:async ?)?(?:function|\([^()]{{0,120}}\)(?:: ?[\w<>\[\]| .]{{1,60}})? ?=>|{_WORD} ?=>)"
        rf"|(?:it|test|describe|suite|specify)(?:\.\w+)?\( ?(?P<test>['\"`][^'\"`]{{2,140}})"
        rf"|(?:(?:public|private|protected|static|async|override|readonly|get|set) ){{0,4}}(?P<method>(?!if\b|for\b|while\b|switch\b|catch\b|function\b|return\b|with\b|super\b|do\b|constructor\b|await\b|new\b|typeof\b|else\b){_WORD}) ?(?:<[^()]{{1,40}}>)?\([^(]{{0,120}}\)(?:: ?[^{{]{{1,80}})? ?\{{$"
        rf"|(?<=export )const (?P<constant>{_WORD})|const (?P<constant_>[A-Z][A-Z0-9_]{{2,}}) ?=)"
    ),
    comment=re.compile(r"\s*(?://|/\*|\*(?![\w(])|\*/|\{/\*|<!--)"),
    imports=re.compile(
        r"\s*(?:import\b|export (?:\*|\{[^}]{0,200}\}) from|(?:const|let|var) [^=]{1,120}= ?require\()|^\} from "
    ),
    private=re.compile(r"\s*(?:private\b|_|#|(?:function|const|let|var|async|class)\b)"),
)

_GO = Language(
    name="go",
    definition=re.compile(
        r"(?:func (?P<test>(?:Test|Benchmark|Fuzz|Example)[A-Z_]\w*)\("
        r"|func (?:\(\w* ?\*?(?P<owner>\w+)(?:\[[^\]]{1,40}\])?\) )?(?P<function>\w+)[\[(]"
        r"|type (?P<interface>\w+) interface\b|type (?P<struct>\w+)(?:\[[^\]]{1,60}\])? struct\b|type (?P<type>\w+) "
        r"|(?:const|var) (?P<constant>\w+)(?: [\w.*\[\]]{1,40})? ?="
        r"|\t(?P<field>[A-Z]\w*) {1,40}[\w.*\[\]{}]{1,60}(?: +`[^`]{1,120}`)?$)"
    ),
    comment=_SLASHES,
    imports=re.compile(r'(?:import |\t(?:\w+ )?"[\w./~-]+"$)'),
    public=re.compile(r"(?:func (?:\([^)]{1,80}\) )?[A-Z]|(?:type|const|var) [A-Z]|\t[A-Z])"),
)

_RUST = Language(
    name="rust",
    definition=re.compile(
        r"\s*(?:pub(?:\([\w: ]{1,40}\))? )?(?:default |const |async |unsafe |extern \"C\" ){0,4}(?:fn (?P<function>\w+)"
        r"|struct (?P<struct>\w+)|enum (?P<enum>\w+)|trait (?P<trait>\w+)|union (?P<union>\w+)"
        r"|type (?P<type>\w+)|(?<=const )(?P<constant>[A-Z]\w+):|static (?:mut )?(?P<constant_>\w+)"
        r"|mod (?P<module>\w+)|macro_rules! (?P<macro>\w+))"
        r"|\s*(?:unsafe )?impl(?:<[^{]{1,80}>)? (?:[\w:<>', ]{1,80} for )?(?P<impl>\w+)"
    ),
    comment=re.compile(r"\s*(?://|/\*|\*(?!\w))"),
    imports=re.compile(r"\s*(?:pub )?(?:use |extern crate |mod \w+;)"),
    public=re.compile(r"\s*pub\b|\s*macro_rules!"),
)

_JVM = Language(
    name="java",
    definition=re.compile(
        rf"\s*{_MODIFIERS}(?:(?:enum )?class (?P<class>\w+)|interface (?P<interface>\w+)|enum (?P<enum>\w+)"
        r"|record (?P<record>\w+)|object (?P<object>\w+)|protocol (?P<protocol>\w+)|extension (?P<extension>\w+)|struct (?P<struct>\w+)|trait (?P<trait>\w+)"
        r"|namespace (?P<module>[\w.]+)"
        r"|func? (?:<[^>]{1,40}> )?(?:[\w<>]{1,40}\.)?(?P<function>`[^`]{3,100}`|\w+) ?[(<])"
        r"|\s*(?=(?:public|protected|private|static|internal) )"
        rf"{_MODIFIERS}(?:<[^>]{{1,40}}> )?(?:[\w.]{{1,60}}(?:<[\w<>,. ?\[\]]{{1,80}}>)?(?:\[\])?\?? )?(?:(?P<method>\w+) ?\("
        r"|(?P<constant>[A-Z][A-Z0-9_]{2,}) ?=|(?P<property>[A-Z]\w+) ?\{ ?get)"
        r"|\s*(?:private |internal |const )*va[lr] (?P<constant_>[A-Z][A-Z0-9_]{2,})\b"
    ),
    comment=_SLASHES,
    imports=re.compile(r"\s*(?:import |using [\w.=* ]{1,100};|package )"),
    private=re.compile(r"\s*(?:@\w+ )?private\b"),
)

_PHP = Language(
    name="php",
    definition=re.compile(
        rf"\s*{_MODIFIERS}(?:function &?(?P<function>\w+)|class (?P<class>\w+)|interface (?P<interface>\w+)"
        r"|trait (?P<trait>\w+)|enum (?P<enum>\w+)|const (?P<constant>\w+) ?=)"
    ),
    comment=re.compile(r"\s*(?://|/\*|\*(?![\w(])|\*/|#(?!\[))"),
    imports=re.compile(r"\s*(?:use [\w\\]|require|include)"),
    private=re.compile(r"\s*private\b"),
)

_C = Language(
    name="c++",
    definition=re.compile(
        r"\s*(?:TEST(?:_CASE|_F|_P)?|SCENARIO|TEMPLATE_TEST_CASE) ?\( ?(?P<test>\"[^\"]{2,140}|\w+, ?\w+)"
        r"|\s*(?:template ?<[^>]{0,80}> ?)?(?:typedef )?(?:(?:class|struct) (?:\w+_EXPORT )?(?P<class>\w+)(?! ?;)(?=[ :{]|$)|enum (?:class |struct )?(?P<enum>\w+)(?=[ :{]|$)"
        r"|union (?P<union>\w+)|namespace (?P<module>[\w:]+))"
        r"|# ?define (?P<macro>\w+)|using (?P<type>\w+) ?="
        r"|(?!return\b|else\b|case\b|using\b|delete\b|throw\b|goto\b)(?:[A-Za-z_][\w:<>,*&~]* [ *&]{0,4}){1,5}?(?:(?P<owner>\w+)::)?(?P<function>~?\w+) ?\([^;]{0,160}$"
        r"|(?P<owner_>\w+)::(?P<function_>~?\w+) ?\([^;]{0,160}$"
    ),
    comment=_SLASHES,
    imports=re.compile(r"\s*# ?(?:include|import)\b|\s*(?:@import|using namespace) "),
    private=re.compile(r"static "),
)

_RUBY = Language(
    name="ruby",
    definition=re.compile(
        r"\s*(?:def (?:self\.)?(?P<function>[\w?!=]+)|class (?P<class>[\w:]+)|module (?P<module>[\w:]+)"
        r"|(?P<constant>[A-Z][A-Z0-9_]{2,}) = |(?:it|describe|context|test|specify) (?P<test>['\"][^'\"]{2,140}))"
    ),
    comment=re.compile(r"\s*#(?!!)"),
    imports=re.compile(r"\s*require"),
)

_SHELL = Language(
    name="shell",
    definition=re.compile(
        r"\s*(?:function (?P<function>[\w:.-]+)|(?P<function_>[\w:.-]+) ?\(\) ?[{(]?$)"
    ),
    comment=re.compile(r"\s*#(?!!)"),
    imports=re.compile(r"\s*(?:source|\.) "),
    private=re.compile(r"\s*(?:function )?_"),
)

_SQL = Language(
    name="sql",
    definition=re.compile(
        r"\s*(?:create (?:or replace )?(?:temp(?:orary)? |unique |materialized )?(?:table|view) (?:if not exists )?[`\"\[]?(?P<table>[\w.]+)"
        r"|create (?:unique )?index (?:concurrently )?(?:if not exists )?[`\"\[]?(?P<index>[\w.]+)"
        r"|create (?:or replace )?(?:function|procedure|trigger) [`\"\[]?(?P<function>[\w.]+)"
        r"|(?:alter table [^;]{1,80})?\s*add (?:column )?(?:if not exists )?(?!constraint|foreign|primary|index|key)[`\"\[]?(?P<column>\w+))",
        re.IGNORECASE,
    ),
    comment=re.compile(r"\s*(?:--|/\*|\*)"),
)

_CSS = Language(
    name="css",
    definition=re.compile(
        r"\s*(?P<selector>[.#][A-Za-z_-][\w-]*)[^;{]{0,120}[{,]$|\s*(?P<variable>--[\w-]+) ?:|\s*@mixin (?P<mixin>[\w-]+)|(?P<variable_>\$[\w-]+) ?:"
    ),
    comment=re.compile(r"\s*(?:/\*|\*|//)"),
    imports=re.compile(r"\s*@(?:import|use|forward)\b"),
)

_HTML = Language(
    name="html",
    definition=re.compile(r"\s*<(?P<element>[a-z][\w-]*) [^>]{0,100}?id=[\"'](?P<id>[\w-]+)"),
    comment=re.compile(r"\s*(?:<!--|\{#|\{\{!)"),
)

_LUA = Language(
    name="lua",
    definition=re.compile(
        r"\s*(?:local )?function (?:(?P<owner>\w+)[.:])?(?P<function>\w+)|\s*(?P<owner_>\w+)\.(?P<function_>\w+) = function"
    ),
    comment=re.compile(r"\s*--"),
    private=re.compile(r"\s*local "),
)

_ELIXIR = Language(
    name="elixir",
    definition=re.compile(
        r"\s*(?:defp? (?P<function>\w+[?!]?)|defmodule (?P<module>[\w.]+)|test (?P<test>\"[^\"]{2,140}))"
    ),
    comment=re.compile(r"\s*#"),
    imports=re.compile(r"\s*(?:alias|import|use|require) "),
    private=re.compile(r"\s*defp "),
)

_PROTO = Language(
    name="proto",
    definition=re.compile(
        r"\s*(?:(?:extend )?type (?P<type>\w+)|message (?P<message>\w+)|service (?P<service>\w+)|rpc (?P<rpc>\w+)|enum (?P<enum>\w+)|interface (?P<interface>\w+)|input (?P<input>\w+)|(?:query|mutation|fragment) (?P<query>\w+))"
    ),
    comment=re.compile(r"\s*(?://|/\*|\*|#)"),
    imports=re.compile(r"\s*(?:import|package|syntax|option)\b"),
)

_BY_ENDING: dict[str, Language] = {}
for _language, _endings in (
    (_PYTHON, "py pyi pyx bzl star"),
    (_SCRIPT, "js mjs cjs jsx ts mts cts tsx vue svelte astro coffee"),
    (_GO, "go"),
    (_RUST, "rs"),
    (_JVM, "java kt kts scala groovy cs swift dart gradle fs vb"),
    (_PHP, "php"),
    (_C, "c h cc cpp cxx hpp hh hxx m mm cu y l sol"),
    (_RUBY, "rb rake gemspec"),
    (_SHELL, "sh bash zsh fish bats ksh in"),
    (_SQL, "sql"),
    (_CSS, "css scss sass less styl pcss"),
    (_HTML, "html htm xhtml hbs ejs jinja j2 tmpl twig erb"),
    (_LUA, "lua"),
    (_ELIXIR, "ex exs"),
    (_PROTO, "proto thrift graphql gql"),
):
    _BY_ENDING |= dict.fromkeys(_endings.split(), _language)

_HASH_COMMENTS = word_set(
    """
    yml yaml toml cfg conf ini properties mk cmake nix tf r pl pm jl ps1 env
    """
)


def language_of(path: str) -> Language | None:
    """The language a path's ending stands for, or None."""
    return _BY_ENDING.get(path.rpartition(".")[2].lower())


def comment_of(path: str) -> re.Pattern[str] | None:
    """Matches lines that are comments in files of this name, or None where that is not known."""
    if language := language_of(path):
        return language.comment
    name = path.rpartition("/")[2].lower()
    if name.rpartition(".")[2] in _HASH_COMMENTS or name in ("makefile", "dockerfile", "justfile"):
        return _HASH
    return None
