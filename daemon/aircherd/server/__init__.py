"""The only rooms that speak JSON-RPC: one session per connection, one file per method."""
