"""What is written (options) and what it means (settings). Only the user's file may widen."""
