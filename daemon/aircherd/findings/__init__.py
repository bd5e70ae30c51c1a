"""From what a model says of a change to findings that stand at changed lines."""
