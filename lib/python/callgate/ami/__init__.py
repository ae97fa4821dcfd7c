"""The manager interface (AMI): a codec without I/O, and a Twisted client on it."""
