"""每天先读入新报来的文件，再生成报告；放进 Airflow（2 或 3）的 dags 目录。"""

import datetime as dt
from zoneinfo import ZoneInfo

try:
    from airflow.providers.standard.operators.bash import BashOperator
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.operators.bash import BashOperator

HOME = "/srv/cpaudit"  # 工作区，读 incoming/；不用工作区的，在下面写 load data/raw
PROGRAMS = "/srv/cpaudit/.venv/bin"  # 装有 cpaudit 的环境
OUT = "/srv/www/reports"  # 报告写到哪里

shell = {"cwd": HOME, "env": {"PATH": f"{PROGRAMS}:/usr/local/bin:/usr/bin:/bin", "OUT": OUT}, "append_env": True}
start = dt.datetime(2022, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai"))

with DAG("cpaudit_reports", schedule="30 6 * * *", start_date=start, catchup=False, max_active_runs=1) as dag:
    # 1：数据有错误，快照已写入，继续；其他的算失败，不用旧快照生成报告。
    load = BashOperator(task_id="load", bash_command="cpaudit load || [ $? -eq 1 ]", **shell)
    # 有的报告没有生成时任务失败，重试只补做这些。
    report = BashOperator(
        task_id="report",
        bash_command='cpaudit report --all --format html,docx,pdf,xlsx --out "$OUT"',
        retries=2,
        **shell,
    )
    load >> report
