"""Ground floor: frozen values and pure functions. Standard library only, no await, no files."""
