"""Google's generateContent API, after the types of its official SDK (google-genai 3.4.0).

Options of the row: `project` and `location` turn the paths into Vertex AI's.
"""

from aircherd.providers.gemini.family import Gemini

__all__ = ["Gemini"]
