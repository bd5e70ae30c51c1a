"""Google's generateContent API, after the types of its official SDK (google-genai 3.4.0).

Options of the row: `sign_in = "google"` makes it Google Cloud (see `vertex`), with `project` and
`location`, and `usual`, the address that stands for any location.
"""

from aircherd.providers.gemini.family import Gemini

__all__ = ["Gemini"]
