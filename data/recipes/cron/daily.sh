#!/bin/bash
# 每天先读入新报来的文件，再生成报告。crontab 中写：30 6 * * * bash /srv/cpaudit/daily.sh
# 读入的退出码为 1（数据有错误，快照已写入）时继续；其他的（2、3、70 等）立即停止、原样传出，不用旧快照生成报告。
# 两次运行重叠时，后一次等前一次写完快照；等不到的以 3 结束，前一次不受影响。

home="/srv/cpaudit"                   # 工作区；不用工作区的，是 data/raw 所在的目录
out="/srv/www/reports"                # 报告写到哪里
PATH="/srv/cpaudit/.venv/bin:$PATH"   # 装有 cpaudit 的环境

cd "$home" || exit 3
if [ -f cpaudit.toml ]; then files=(); else files=(data/raw); fi # 工作区读 incoming/

code=0
cpaudit load "${files[@]}" || code=$?
[ "$code" -le 1 ] || exit "$code"
cpaudit report --all --format html,docx,pdf,xlsx --out "$out"
