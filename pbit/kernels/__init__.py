"""Compiled arithmetic: arrays and scalars in, nothing raised, nothing imported from above."""
