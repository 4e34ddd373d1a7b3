"""Settings of the whole suite."""

from hypothesis import settings

# The same examples in every run: a test that fails once fails again. No deadline: the
# first call of a kernel compiles it.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile("fixed")
