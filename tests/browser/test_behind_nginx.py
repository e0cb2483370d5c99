"""The dashboards behind nginx, with the configuration that we ship: log-in, rights, sockets, failures and slow pages."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Template

import nbformat
import pytest
from playwright.sync_api import Browser

from cpaudit.serving import definitions
from tests.support.browser import all_drawn, key_figures, watch
from tests.support.service import PATIENCE, Service, Viewer, free_port, running, until

pytestmark = pytest.mark.browser
SECRET = "a-secret-of-the-test"
USERS = {"shengting-demo": "one", "tangshan-demo": "two", "nobody-demo": "three"}
#: Three dashboards, two of which go wrong.
PRELUDE = """
from pathlib import Path
from cpaudit.serving import configuration, definitions, renderer, server
folder = Path({folder!r})
definitions.notebooks = renderer.notebooks = server.notebooks = configuration.notebooks = lambda: folder
names = {{"progress": "进度", "slow": "慢页", "broken": "坏页"}}
listed = tuple(definitions.Dashboard(id=n, title=t, notebook=n + ".ipynb", order=i) for i, (n, t) in enumerate(names.items()))
server.dashboards = lambda: listed
initialize = renderer._Renderer.initialize
async def impatient(self):
    await initialize(self)
    self._cell_s = 5 if self._dashboard.id == "slow" else 120
renderer._Renderer.initialize = impatient
"""


def _notebooks(folder: Path) -> str:
    folder.mkdir()
    shipped = nbformat.read(definitions.notebooks() / "01_progress.ipynb", as_version=4)
    nbformat.write(shipped, folder / "progress.ipynb")
    # The rehearsal of the warm parent is no reader: only a kernel waits, and fails.
    kernel = "import time\nif 'get_ipython' in globals():\n    "
    for name, code in (("slow", "time.sleep(60)"), ("broken", "secret = 1 / 0")):
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(kernel + code)]), folder / f"{name}.ipynb")
    return PRELUDE.format(folder=str(folder))


@pytest.fixture(scope="module")
def front(small_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("nginx")
    os.environ["CPAUDIT_PROXY_SECRET"] = SECRET
    try:
        access = str(definitions.home() / "access.example.yaml")
        with running(
            small_warehouse, folder / "log", prelude=_notebooks(folder / "notebooks"), access=access, token=""
        ) as behind:
            port = free_port()
            process = _nginx(folder, port, behind)
            yield Service(f"http://127.0.0.1:{port}/", behind.process, behind.log)
            process.terminate()
            process.wait(20 * PATIENCE)
    finally:
        del os.environ["CPAUDIT_PROXY_SECRET"]


def _nginx(folder: Path, port: int, behind: Service) -> subprocess.Popen[bytes]:
    """Ours, with a file of passwords."""
    (folder / "users").write_text("".join(f"{u}:{{PLAIN}}{p}\n" for u, p in USERS.items()), encoding="utf-8")
    given = {"LISTEN": f"127.0.0.1:{port}", "USERS_FILE": str(folder / "users"), "CPAUDIT_PROXY_SECRET": SECRET}
    given["CPAUDIT_ADDRESS"] = f"127.0.0.1:{behind.port}"
    return _started(folder, port, "cpaudit.conf.template", given)


def _started(folder: Path, port: int, template: str, given: dict[str, str]) -> subprocess.Popen[bytes]:
    shipped = (definitions.home() / "deploy" / template).read_text(encoding="utf-8")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    main = (
        f"{'user root;' if os.geteuid() == 0 else ''}\ndaemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{temporary}{Template(shipped).safe_substitute(given)}\n}}\n"
    )
    (folder / "nginx.conf").write_text(main, encoding="utf-8")
    process = subprocess.Popen(
        ["/usr/sbin/nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    )
    viewer = Viewer(Service(f"http://127.0.0.1:{port}/", process, folder / "error.log"))
    until(lambda: process.poll() is not None or _answers(viewer), 20)
    assert process.poll() is None, (folder / "error.log").read_text()
    return process


def _answers(viewer: Viewer) -> bool:
    try:
        return viewer.ask().status in (401, 502)  # asks for a name; a hub that isn't there
    except OSError:
        return False


def _user(front: Service, name: str) -> Viewer:
    word = base64.b64encode(f"{name}:{USERS[name]}".encode()).decode()
    return Viewer(front, {"Authorization": f"Basic {word}"})


def test_a_leader_s_page_works_through_the_proxy(front: Service, chromium: Browser) -> None:
    credentials = {"username": "shengting-demo", "password": USERS["shengting-demo"]}
    with chromium.new_context(locale="zh-CN", http_credentials=credentials, reduced_motion="reduce") as context:
        page = context.new_page()
        page.set_default_timeout(90_000)
        seen = watch(page)
        page.goto(front.url)
        all_drawn(page)
        page.locator(".cp-early").wait_for(state="detached")
        page.get_by_label("辖区", exact=True).select_option(label="唐山市")
        page.wait_for_function("""() => document.querySelector('[data-key="listed"]').dataset.value === "4" """)
        assert seen.errors == []
        assert seen.outside() == []
        assert page.locator(".cp-menu a").count() == 3


def test_a_city_leader_s_page_holds_the_city_only_whatever_is_chosen(front: Service, chromium: Browser) -> None:
    whole = _user(front, "tangshan-demo").ask().text
    assert 'data-key="listed" data-value="4"' in whole
    assert "示例企业01" not in whole
    credentials = {"username": "tangshan-demo", "password": USERS["tangshan-demo"]}
    with chromium.new_context(locale="zh-CN", http_credentials=credentials, reduced_motion="reduce") as context:
        page = context.new_page()
        page.set_default_timeout(90_000)
        page.goto(front.url + "?unit=shijiazhuang")
        page.locator(".cp-view").first.wait_for()
        page.wait_for_function("() => document.querySelector('#cp-loading') === null")
        assert key_figures(page).get("listed", "0") in ("0", "4")
        assert "示例企业01" not in page.content()


def test_who_is_not_in_the_access_file_or_forges_a_name_sees_nothing(front: Service) -> None:
    assert Viewer(front).ask().status == 401
    stranger = _user(front, "nobody-demo")
    assert stranger.ask().status == 403
    stranger.headers |= {"X-Forwarded-User": "shengting-demo", "X-Cpaudit-Secret": SECRET}
    assert "没有查看权限" in stranger.ask().text
    past = Viewer(Service(_direct(front), front.process, front.log), {"X-Forwarded-User": "shengting-demo"})
    assert past.ask().status == 403, "past the proxy, without its secret"


def _direct(front: Service) -> str:
    return front.text().partition("看板已启动：")[2].split()[0]


def test_pages_come_compressed(front: Service) -> None:
    import gzip
    import urllib.request

    headers = {**_user(front, "shengting-demo").headers, "Accept-Encoding": "gzip"}
    with urllib.request.urlopen(urllib.request.Request(front.url, headers=headers), timeout=90) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert "cp-skeleton" in gzip.decompress(answer.read()).decode()


def test_a_page_that_takes_too_long_or_fails_says_so_without_a_word_of_code(front: Service) -> None:
    viewer = _user(front, "shengting-demo")
    slow, broken = viewer.ask("slow"), viewer.ask("broken")
    assert "计算超过了时限" in slow.text
    assert "这一页未能生成" in broken.text
    for page in (slow, broken):
        for secret in ("ZeroDivisionError", "Traceback", "1 / 0", "sleep", "session.begin"):
            assert secret not in page.text
        assert 'id="cp-loading"' in page.text, "the skeleton was there first"
    assert "ZeroDivisionError" in front.text(), "whoever looks after the service finds it in the log"


#: In place of JupyterHub's module: whoever has the cookie has logged in.
HUB = """
from tornado.web import RequestHandler
class HubOAuthenticated:
    def get_current_user(self):
        name = self.get_cookie("hub")
        return {"name": name} if name else None
    def get_login_url(self):
        return "/hub/login"
class HubOAuthCallbackHandler(RequestHandler):
    pass
"""


@pytest.fixture(scope="module")
def hub(small_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("hub")
    (folder / "jupyterhub" / "services").mkdir(parents=True)
    (folder / "jupyterhub" / "services" / "auth.py").write_text(HUB, encoding="utf-8")
    port, door = free_port(), free_port()
    env = {**os.environ, "PYTHONPATH": str(folder), "JUPYTERHUB_SERVICE_PREFIX": "/services/cpaudit/"}
    env["JUPYTERHUB_SERVICE_URL"] = f"http://127.0.0.1:{door}"
    access = str(definitions.home() / "access.example.yaml")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CPAUDIT_PROXY_SECRET", SECRET)
        with running(small_warehouse, folder / "log", access=access, token="", base_url="/services/cpaudit/") as behind:
            asked = subprocess.Popen([sys.executable, str(definitions.home() / "deploy" / "hub_door.py")], env=env)
            given = {"LISTEN": f"127.0.0.1:{port}", "CPAUDIT_PROXY_SECRET": SECRET, "HUB_ADDRESS": "127.0.0.1:9"}
            given |= {"DOOR_ADDRESS": f"127.0.0.1:{door}", "CPAUDIT_ADDRESS": f"127.0.0.1:{behind.port}"}
            process = _started(folder, port, "hub.conf.template", given)
            front = Service(f"http://127.0.0.1:{port}/", process, behind.log)
            until(lambda: Viewer(front, {"Cookie": "hub=nobody-demo"}).ask("services/cpaudit/").status == 403, 20)
            yield front
            for each in (process, asked):
                each.terminate()
                each.wait(20 * PATIENCE)


def test_who_logged_in_to_the_hub_sees_their_units_and_who_did_not_is_led_there(hub: Service, chromium: Browser) -> None:
    context = chromium.new_context(locale="zh-CN", reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(90_000)
    context.route("**/hub/login*", lambda route: route.fulfill(body="login"))
    page.goto(f"{hub.url}services/cpaudit/progress?unit=tangshan")
    assert "/hub/login" in page.url
    context.add_cookies([{"name": "hub", "value": "tangshan-demo", "url": hub.url}])
    seen = watch(page)
    page.goto(f"{hub.url}services/cpaudit/progress")
    page.locator(".cp-early").wait_for(state="detached")
    all_drawn(page)
    assert key_figures(page)["listed"] == "4", "of twelve plants these are the city's"
    page.get_by_label("行业", exact=True).select_option(index=1)
    page.wait_for_url("**/progress?industry=*")
    assert seen.errors == []
    context.close()
    forged = Viewer(hub, {"X-Forwarded-User": "shengting-demo", "Cookie": "hub=nobody-demo"})
    assert forged.ask("services/cpaudit/").status == 403
    assert Viewer(hub, {"Cookie": "hub=shengting-demo"}).ask("services/cpaudit/who").status == 404, "nginx's own question"
