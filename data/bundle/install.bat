@echo off
chcp 65001 >nul
rem 在本目录建立 .venv，只用 wheels\ 里的安装包，逐个核对 SHA-256，不访问网络。
cd /d "%~dp0"
set "PYTHON=py -<python>"
%PYTHON% -c "" >nul 2>nul || set "PYTHON=python"
%PYTHON% -c "import sys; sys.exit('%%d.%%d' %% sys.version_info[:2] != '<python>')" || goto absent
%PYTHON% -m venv .venv || goto failed
.venv\Scripts\python.exe -m pip install --quiet --no-index --no-deps --require-hashes --find-links wheels -r requirements.txt || goto failed
.venv\Scripts\python.exe -m pip check || goto failed
.venv\Scripts\python.exe -P -m cpaudit --version
.venv\Scripts\python.exe -P -m cpaudit --project - desktop --shortcut . >nul
echo 已安装在本目录的 .venv；双击“清洁生产审核-笔记本.bat”启动，命令为 .venv\Scripts\cpaudit.exe。
pause
exit /b 0
:absent
echo 找不到 Python <python>，请先安装（64 位）。
pause
exit /b 3
:failed
echo 没有装成，请把上面的文字交给维护人员。
pause
exit /b 3
