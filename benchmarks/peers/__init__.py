"""Scripts that use other people's libraries, unmodified, as their users do."""
