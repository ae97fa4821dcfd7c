"""Where an Asterisk comes from, and one private, running instance of it."""
