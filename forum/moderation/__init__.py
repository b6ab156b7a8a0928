"""Screening, cases, decisions, and every change of a status."""
