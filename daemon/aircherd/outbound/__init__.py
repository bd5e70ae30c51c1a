"""What leaves this machine: the one way from a feature to a model, and what it holds back."""
