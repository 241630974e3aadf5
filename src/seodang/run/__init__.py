"""Run code that is not trusted: a RunSpec goes in, a RunResult comes out.

A sandbox confines one run; an engine decides where it happens. Knows no user, no database and no Django.
"""
