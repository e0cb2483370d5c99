@"%~dp0..\.venv\Scripts\python.exe" -P -m cpaudit %*
