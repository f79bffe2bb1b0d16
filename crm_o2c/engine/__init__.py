"""The rules of CRM O2C, without Frappe: facts + policy + today → decision and explanation.

Nothing in here does I/O, reads a clock, uses randomness or translates text. Everything is the standard library, so the
same code serves a document event, a run over the whole order book, the command line and the tests.
"""
