"""A simulator of the app, which writes a lake to try things on."""
