"""What the working copy looks like. The only room that runs git, and it runs nothing of theirs."""
