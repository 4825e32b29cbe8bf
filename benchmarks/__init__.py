"""Measurements of the product, printed as tables; their numbers are kept in the docs. Never part of the tests."""
