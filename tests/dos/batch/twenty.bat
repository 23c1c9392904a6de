@echo off
if "%1"=="0" goto before
:run
child > nul
child > nul
child > nul
child > nul
child > nul
child > nul
child > nul
child > nul
child > nul
child > nul
child > nul
child > nul
child > nul
child > nul
child > nul
child > nul
child > nul
child > nul
child > nul
child > nul
if not "%1"=="9" goto end
free > \tmp\after
goto end
:before
free > \tmp\before
goto run
:end
