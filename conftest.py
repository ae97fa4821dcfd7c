"""Loads Callgate's pytest plugin from the checkout, in which it is not installed."""

pytest_plugins = ("callgate.pytest_plugin",)
