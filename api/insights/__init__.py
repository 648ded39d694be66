"""Figures of a program, from what is stored; groups under five are not shown."""
