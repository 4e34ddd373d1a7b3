"""Invertible logic: gates, netlists, arithmetic; truth tables as ground states."""
