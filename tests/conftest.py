"""Settings of the whole suite."""

import signal

from hypothesis import settings

# A parent that runs the suite in the background may have it ignore Ctrl-C, and some tests
# send one.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples in every run: a test that fails once fails again. No deadline: the
# first call of a kernel compiles it.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile("fixed")
