"""Invented threads for trying the program out; none of them happened to anybody."""
