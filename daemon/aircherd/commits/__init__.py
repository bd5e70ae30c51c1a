"""All that is known about commit messages without asking anybody. Pure; core only."""
