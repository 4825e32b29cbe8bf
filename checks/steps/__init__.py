"""The step vocabulary, one module a subject. The docs' vocabulary page is made from these modules' docstrings."""
