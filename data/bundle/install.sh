#!/bin/sh
# 在本目录建立 .venv，只用 wheels/ 里的安装包，逐个核对 SHA-256，不访问网络。
# 用别处的 Python：PYTHON=/路径/python<python> sh install.sh
cd "$(dirname "$0")" || exit 3
python=${PYTHON:-python<python>}
command -v "$python" > /dev/null || { echo "找不到 $python，请先安装 Python <python>。" >&2; exit 3; }
"$python" -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] != "<python>")' ||
  { echo "$python 不是 Python <python>，这些安装包不能用。" >&2; exit 2; }
"$python" -m venv .venv || exit 3
.venv/bin/python -m pip install --quiet --no-index --no-deps --require-hashes --find-links wheels -r requirements.txt || exit 3
.venv/bin/python -m pip check || exit 3
.venv/bin/python -P -m cpaudit --version
.venv/bin/python -P -m cpaudit --project - desktop --shortcut . > /dev/null
echo "已安装在 $PWD/.venv；双击“清洁生产审核-笔记本.command”启动，命令为 .venv/bin/cpaudit。"
