@echo off
if "%1"=="0" goto before
:run
\dos\child > nul
\dos\child > nul
\dos\child > nul
\dos\child > nul
\dos\child > nul
\dos\child > nul
\dos\child > nul
\dos\child > nul
\dos\child > nul
\dos\child > nul
\dos\child > nul
\dos\child > nul
\dos\child > nul
\dos\child > nul
\dos\child > nul
\dos\child > nul
\dos\child > nul
\dos\child > nul
\dos\child > nul
\dos\child > nul
if not "%1"=="9" goto end
\dos\free > \tmp\after
goto end
:before
\dos\free > \tmp\before
goto run
:end
