# Everything from one command. Needs Python 3.11 to 3.14 (with venv and pip), make and bash; paths are relative,
# so the checkout may lie in a folder with spaces or Chinese characters.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

# The first of these that runs; a name alone may be a version manager's, with no program behind it.
PYTHON ?= $(shell for each in python3.11 python3.12 python3.13 python3.14 python3; do \
  "$$each" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2> /dev/null && echo "$$each" && break; \
  done || echo python3)
# Console scripts carry an absolute path in their first line, which long paths and spaces break: modules are run instead.
PY := .venv/bin/python
WORKERS ?= auto

export PYTHONUTF8 := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export JUPYTER_PLATFORM_DIRS := 1

.PHONY: help setup demo quick example test check lab dashboards bench docs lock release system clean

help: ## 显示本说明
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/'

# -- set-up

setup: .venv/.installed ## 建立 .venv（已建好时立即返回）

.venv/.locked: requirements.lock
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || { echo "找不到 Python 3.11 至 3.14，请先安装（Debian：apt-get install python3 python3-venv），或用 make PYTHON=… 指定。" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2> /dev/null || { echo "$(PYTHON) 缺少 venv，请先安装（Debian：apt-get install python3-venv）。" >&2; exit 1; }
	@echo "正在建立 .venv，首次约需几分钟……"
	@"$(PYTHON)" -m venv --clear .venv
	@$(PY) -m pip install -qq --require-hashes --requirement requirements.lock
	@touch $@

# Dask and Spark, which the tests hold equal to the engine; nothing that users run needs them.
.venv/.cluster: requirements-cluster.lock .venv/.locked
	@$(PY) -m pip install -qq --require-hashes --requirement requirements-cluster.lock
	@touch $@

.venv/.installed: .venv/.locked pyproject.toml
	@$(PY) -m pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@

# A browser and Chinese fonts, for the browser tests; LibreOffice, for the Word files; nginx, for the dashboards behind a proxy;
# Java, for the test on a local Spark.
APT := chromium fonts-noto-cjk libreoffice-writer-nogui nginx-light openjdk-17-jre-headless
system:
	@has() { for each in chromium soffice nginx java; do command -v "$$each" > /dev/null || return 1; done; \
	  ls /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc > /dev/null 2>&1; }; \
	if ! has && [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
	  echo "正在安装浏览器、中文字体、LibreOffice、nginx 和 Java……"; \
	  export DEBIAN_FRONTEND=noninteractive; \
	  { apt-get update -qq && for each in $(APT); do apt-get install -y -qq --no-install-recommends "$$each"; done; } > /dev/null || true; \
	fi; \
	has || { echo "测试需要 chromium、fonts-noto-cjk、LibreOffice Writer、nginx 和 Java 17，请先安装（Debian：apt-get install $(APT)）。" >&2; exit 1; }

# -- what users run

demo: .venv/.installed ## 示范数据（四期）→ 快照 → 评分 → 各市报告和静态看板
	@$(PY) -P -m cpaudit demo

lab: .venv/.installed ## 打开 JupyterLab
	@$(PY) -P -m cpaudit lab

dashboards: .venv/.installed ## 启动看板服务
	@$(PY) -P -m cpaudit dashboards

bench: .venv/.installed ## 测速
	@$(PY) -P -m cpaudit bench

# -- what developers run

check: .venv/.installed ## 静态检查：格式、类型、分层、网页脚本、笔记本
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(PY) -c 'from importlinter.cli import lint_imports_command as run; run()' --no-cache --no-logo
	@.venv/bin/oxlint --quiet cpaudit dashboards
	@find notebooks dashboards -name '*.ipynb' -not -path '*/.ipynb_checkpoints/*' -print0 | xargs -0 -r $(PY) -m nbstripout --keep-id --verify

quick: .venv/.installed ## 改动所及的测试，约 1 分钟，由近及远
	@$(PY) -m tests.support.quick

example: .venv/.installed ## 重做随程序发布的示范快照 data/example（示范数据或读取改动后）
	@$(PY) -P -m tests.support.example

# The system's programs come while the packages do; the static checks run beside the tests, which wait for a part of their time,
# and say at the end what they found.
MAKE_ONE := $(MAKE) --no-print-directory
test: ## 静态检查和全部测试（含浏览器测试）
	@$(MAKE_ONE) system & system=$$!; \
	  code=0; $(MAKE_ONE) .venv/.installed .venv/.cluster || code=$$?; wait $$system || code=$$?; exit $$code
	@found=$$(mktemp); $(MAKE_ONE) check > $$found 2>&1 & check=$$!; \
	  code=0; $(PY) -m pytest --numprocesses $(WORKERS) --dist loadgroup --no-loadscope-reorder --doctest-modules tests cpaudit || code=$$?; \
	  wait $$check || { code=$$?; cat $$found; }; rm -f $$found; exit $$code

docs: .venv/.installed ## 生成文档网站 site/，图库的图片由示范数据画出
	@$(PY) docs/pictures.py
	@NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict --quiet
	@echo "文档已生成：site/index.html"

# Keeps the present pins; `make lock UPGRADE=--upgrade` takes the newest of everything.
# hatchling and editables build the package itself, without build isolation.
lock: .venv/.installed ## 按 pyproject.toml 更新 requirements.lock
	@$(PY) -m pip install --quiet uv
	@printf 'hatchling\neditables\n' | $(PY) -m uv pip compile - pyproject.toml --extra dev --extra all --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate --quiet $(UPGRADE) --output-file requirements.lock
	@$(PY) -m uv pip compile pyproject.toml --extra dev --extra all --extra cluster --universal --python-version 3.11 --constraint requirements.lock \
	  --generate-hashes --no-header --no-annotate --quiet --output-file requirements-cluster.lock
	@sed -i '1i # Every package that cpaudit runs and is tested with, pinned with hashes. Made by `make lock` from pyproject.toml; not edited by hand.' requirements.lock

# Twice to the same bytes, installed where nothing of the checkout is, the documentation built with what was installed.
# The time of the last commit stands in for now.
release: .venv/.installed ## 制作安装包 dist/：两次逐字节相同，装进干净的环境，生成文档和软件物料清单
	@rm -rf dist build && mkdir -p build
	@export SOURCE_DATE_EPOCH="$$(git log -1 --format=%ct)"; \
	  for each in dist build/again; do $(PY) -m hatchling build --target wheel --target sdist --directory "$$each" &> build/log || { cat build/log >&2; exit 1; }; done
	@diff -r dist build/again
	@"$(PYTHON)" -m venv build/venv
	@build/venv/bin/python -m pip install -qq --require-hashes --requirement requirements.lock
	@build/venv/bin/python -m pip install -qq --no-index --no-deps dist/*.whl
	@cd build && venv/bin/python -P -m cpaudit --version
	@$(PY) docs/pictures.py # they are opened by what measures viewers, which isn't in the wheel
	@NO_MKDOCS_2_WARNING=1 build/venv/bin/python -P -m mkdocs build --strict --quiet
	@$(PY) -m cyclonedx_py requirements requirements.lock --pyproject pyproject.toml --output-reproducible --output-file dist/cpaudit.cdx.json
	@cd dist && sha256sum * | tee SHA256SUMS

clean: ## 删除 .venv 和生成物（不动 data/warehouse）
	@rm -rf .venv output site build dist .mypy_cache .ruff_cache .import_linter_cache .hypothesis
