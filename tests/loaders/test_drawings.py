"""The drawing behind a sheet's notes: boxes go and grow as they should, and one made to be slow or large holds nobody up."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cpaudit.loaders.handback import vml


def box(prefix: str, row: int, column: int, kind: str = "Note") -> str:
    return (
        f'<{prefix}shape id="x" style="a > b"><{prefix}fill/><x:ClientData ObjectType="{kind}"><x:Anchor>1, 2, 3, 4, 5, 6, 7, 8'
        f"</x:Anchor><x:Row>{row}</x:Row><x:Column> {column} </x:Column></x:ClientData></{prefix}shape>"
    )


def test_only_the_boxes_of_the_named_cells_go() -> None:
    button = box("v:", 1, 1, "Button")
    drawing = f'<xml><v:shapetype id="t"/>{box("v:", 1, 1)}<v:shape id="line"/>{button}{box("", 2, 0)}{box("v:", 3, 4)}</xml>'
    left = vml.without(drawing, {(1, 1), (2, 0)})
    assert left == f'<xml><v:shapetype id="t"/><v:shape id="line"/>{button}{box("v:", 3, 4)}</xml>'


def test_a_shape_that_never_ends_keeps_no_other_from_being_found() -> None:
    drawing = f"<xml><q:shape><w:shape {box('v:', 1, 1)}</u:shape></xml>"
    assert vml.without(drawing, {(1, 1)}) == "<xml><q:shape><w:shape </u:shape></xml>"
    assert "7, 8" not in vml.grown(drawing, {(1, 1): 5})
    assert "12, 8" in vml.grown(drawing, {(1, 1): 5})


LONG = {
    "shapes that never end": "'<q:shape>' * 200_000",
    "tags that never end": "'<q:shape ' * 200_000",
    "ends that never end": "'<q:shape></v:shape' * 100_000",
    "roots that never end": "'<xml ' * 300_000",
    "blocks that never end": "'<v:idmap data=' * 100_000",
    "a million blocks": "'<o:idmap data=\"' + '1,' * 1_000_000 + '\"/>'",
    "a hundred thousand blocks": "'<o:idmap data=\"' + ','.join(map(str, range(100_000))) + '\"/>'",
    "a block without end": "'<o:idmap data=\"' + '9' * 9_000 + '\"/>'",
    "a row without end": "'<v:shape>ObjectType=\"Note\" Row>' + '9' * 9_000 + '<</v:shape>'",
    "ids without end": "'_x0000_s' + '9' * 9_000",
}
TRY = """
import resource
from cpaudit.loaders.handback import vml
drawing = {}
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
vml.without(drawing, {{(1, 1)}})
vml.grown(drawing, {{(1, 1): 2}})
with_ours = vml.with_notes(f"<xml>{{drawing}}</xml>", {{(2, 3): vml.Box("1, 2", 3, 4)}}, [drawing])
assert "<x:Row>2</x:Row><x:Column>3</x:Column>" in with_ours
"""


def test_a_drawing_made_to_be_slow_or_large_holds_nobody_up() -> None:
    """Each took minutes or gigabytes: what is looked for never came, and was looked for from every place again."""
    together = "\n".join(TRY.format(content) for content in LONG.values())
    subprocess.run([sys.executable, "-P", "-c", together], check=True, timeout=600)


@pytest.mark.parametrize("taken", [0, 1023, 1024, 3000])
def test_new_boxes_have_ids_that_no_other_has(taken: int) -> None:
    ids = "".join(f'<v:shape id="_x0000_s{1025 + n}"/>' for n in range(taken))
    drawing = f'<xml xmlns:v="v" xmlns:o="o" xmlns:x="x"><o:shapelayout><o:idmap data="1"/></o:shapelayout>{ids}</xml>'
    other = '<xml><o:shapelayout><o:idmap data="2,3"/></o:shapelayout></xml>'
    boxes = {(n, 0): vml.Box("1", 1, 1) for n in range(1100)}
    said = vml.with_notes(drawing, boxes, [other])
    mine = [part.partition('"')[0] for part in said.split('id="_x0000_s')[1:]]
    assert len(mine) == len(set(mine)) == taken + 1100
    blocks = {int(b) for b in said.partition('data="')[2].partition('"')[0].split(",")}
    fresh = {int(i) // 1024 for i in mine[taken:]}
    assert fresh <= blocks
    assert not blocks & {2, 3}
