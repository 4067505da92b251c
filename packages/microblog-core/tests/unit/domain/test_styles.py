from __future__ import annotations

import pytest

from microblog_core.domain.errors import Invalid
from microblog_core.domain.styles import STYLE_BYTES, check_style


@pytest.mark.parametrize(
    "style",
    [
        "",
        ":root { --accent: #0a7; }",
        "body { background: url(/media/ab/cd.png) }",
        'a::before { content: "\\2014 { /* no */"; } b { c: d }',
        "i { background: url('data:image/svg+xml,<svg/>') } j { mask: url(#m) }",
        "/* why: this is */ p { margin: 0 } // not css, but harmless",
    ],
)
def test_what_looks_only_at_this_site_is_taken(style: str) -> None:
    assert check_style(f"  {style}\r\n") == style.strip()


@pytest.mark.parametrize(
    ("style", "said"),
    [
        ("@import '/other.css';", "@import"),
        ("@\\69mport '/other.css';", "@import"),
        ("@im/**/port '/x'; @IMPORT url(/x)", "@import"),
        ("a { background: url(https://evil.example/x.png) }", "url()"),
        ("a { background: url( '//evil.example/x.png' ) }", "url()"),
        ("a { background: u\\72l(\\68ttp://evil.example) }", "url()"),
        ("a { background: url(x.png) }", "url()"),
        ("a { background: url(data:text/html,x) }", "url()"),
        ("a { background: image-set('https://evil.example/x.png' 1x) }", "other sites"),
        ("a { background: image-set('//evil.example/x.png' 1x) }", "other sites"),
        ("a {} </STYLE><script>alert(1)</script>", "HTML"),
        ("a { content: '<!--' }", "HTML"),
        ("a { color: red", "not closed"),
        ("a { color: red }}", "too many"),
        ("a { } /* b { }", "comment"),
        ("a { \0 }", "control"),
        ("a" * (STYLE_BYTES + 1), "KB"),
    ],
)
def test_what_leads_elsewhere_or_breaks_out_is_refused_with_the_reason(style: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_style(style)
    assert said in refused.value.fields["style"]
