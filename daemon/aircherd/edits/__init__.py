"""From what a model wrote to an edit of the text it saw, or a refusal that says why."""
