"""A marked notebook as one HTML page, for a sandboxed frame or a file on its own.

Everything in it that a student or their code wrote is hostile until shown otherwise: text is escaped, HTML and
Markdown pass an allow-list (nh3), pictures come as data that has been looked into, and the page's own policy
forbids scripts, forms and every request. Hidden tests appear with their title and mark; nothing of a test's output
is shown; flags about tampering are for staff and never stand here.

    render_feedback(lab, graded, language="ko") -> str
"""

from seodang.grade.feedback.page import POLICY, render_feedback

__all__ = ["POLICY", "render_feedback"]
