"""The parts of the rule-based drafter: from changed files to statements to words."""
