"""Standard LSP: what an editor without a plug-in knows. One file per method or family of them."""
