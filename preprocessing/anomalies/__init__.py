"""Rows of features and labels in, and a ranked list of strange stars out, each with its reasons."""
