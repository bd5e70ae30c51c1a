"""What may be said of each provider, under `[providers.NAME]`, without bounds or choices."""

from __future__ import annotations

from aircherd.config.option import Option, plain

PROVIDER: tuple[Option, ...] = (
    plain("enabled", "bool", "Whether it may be used at all.", "false"),
    plain("base_url", "text", "Where it lives; its key is only ever sent there.", '"http://…"'),
    plain(
        "api_key_env",
        "text or texts",
        "Environment variable that holds its key; several take turns.",
        '"MY_KEY"',
    ),
    plain(
        "api_key_command",
        "texts",
        "Program and arguments that print its key; no shell.",
        '["pass", "show", "openai"]',
    ),
    plain("family", "text", "Which kind of API it speaks.", '"openai_chat"'),
    plain(
        "local",
        "bool",
        "Whether it runs on this machine, at no cost. An address of this machine counts as that: "
        "say `false` for a gateway there that leads to paid models elsewhere.",
        "false",
    ),
    plain("model", "text", "A model it serves, tried first.", '"qwen3.5:4b"'),
    plain("models", "texts", "The models it serves.", '["a", "b"]'),
    plain("fetch_models", "bool", "Ask it for its models as well.", "true"),
    plain("custom_models", "map", "Names of your own for its models.", '{ fast = "gpt-6-luna" }'),
    plain("org_id", "text", "Organization its account belongs to.", '"org-…"'),
    plain("project", "text", "Project its account belongs to.", '"my-project"'),
    plain("location", "text", "Region that answers.", '"europe-west4"'),
    plain(
        "sign_in_at",
        "texts",
        "Addresses a sign-in to Google may be sent to besides Google's own.",
        '["https://sts.example.com"]',
    ),
    plain("headers", "map", "Further headers to send.", '{ "X-Team" = "a" }'),
    plain("quirks", "texts", "What is peculiar about it; see the architecture page.", '["…"]'),
    plain("proxy", "text", "Proxy it is asked through; empty for none.", '"http://proxy:3128"'),
    plain("keep_alive", "text", "How long a local engine keeps a model loaded.", '"10m"'),
    plain("warm", "bool", "Load a local engine's model when something is staged.", "true"),
    plain("hosts", "texts", "Addresses of its replicas: one pool.", '["http://…", "http://…"]'),
    plain("balance", "text", "Strategy among its `hosts`, `pool` and keys.", '"least-busy"'),
    plain("pool", "texts", "Models of it that are equals, asked by `balance`.", '["a", "b"]'),
    plain("concurrency", "whole", "Requests it is given at once.", "4"),
    plain("requests_per_minute", "whole", "Requests its account allows a minute.", "60"),
    plain("tokens_per_minute", "whole", "Tokens its account allows a minute.", "100_000"),
    plain("input_per_million", "number", "USD per million prompt tokens.", "0.10"),
    plain("output_per_million", "number", "USD per million answer tokens.", "0.50"),
)
