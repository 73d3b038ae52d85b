"""Requests: one pool of connections, what they may carry, and when to try again."""
