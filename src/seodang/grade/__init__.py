"""Mark lab notebooks: a lab's source and a student's notebook go in, points and feedback come out.

Reads and writes nbgrader's format. Knows no user, no database and no Django; asks `seodang.run` for a sandbox.
"""
