@echo off
rem The two commands of the Makefile for Windows: make.cmd demo, make.cmd test.
setlocal
if not exist .venv py -3 -m venv .venv || exit /b 1
if "%1"=="demo" (
  .venv\Scripts\python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e . || exit /b 1
  .venv\Scripts\komitent demo
  exit /b
)
if "%1"=="test" (
  .venv\Scripts\python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e ".[test,postgresql]" || exit /b 1
  .venv\Scripts\ruff check . || exit /b 1
  .venv\Scripts\ruff format --check . || exit /b 1
  .venv\Scripts\lint-imports --config setup.cfg || exit /b 1
  .venv\Scripts\mypy || exit /b 1
  .venv\Scripts\komitent profiles check || exit /b 1
  .venv\Scripts\python -m pytest -n 2
  exit /b
)
echo Usage: make.cmd demo ^| test
exit /b 2
