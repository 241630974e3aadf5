"""Outputs hold scripts, forms, frames and links that would act in a reader's browser."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
from IPython.display import HTML, SVG, IFrame, Javascript, Markdown, display

display(HTML("<script>document.title = 'pwned'</script><img src=x onerror=alert(1)>"))
display(HTML("<iframe src=javascript:alert(1)></iframe><form action=//x><input name=a></form><base href=//x>"))
display(HTML("</iframe></body></html><script>alert(2)</script><!--"))
display(SVG(data="<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"))
display(Javascript("alert(1)"))
display(Markdown("[x](javascript:alert(1)) <script>alert(1)</script>"))
display({"text/plain": "<script>alert(1)</script>", "image/png": "\\"><script>alert(1)</script>"}, raw=True)
display({"application/x-unknown": {"a": "<script>"}, "text/latex": "$\\\\href{javascript:alert(1)}{x}$"}, raw=True)
print("</pre><script>alert(1)</script>")
""",
    answers={"square": "def square(x):\n    raise ValueError('<script>alert(1)</script>')"},
)
