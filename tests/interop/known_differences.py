"""Where a C++ program and its twin in Python are known to differ, and why."""

KNOWN = {}
