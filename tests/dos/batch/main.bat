@echo off
rem nothing > \tmp\nothing
echo words: %1 %2 %3
shift
echo shifted: %0 %1 %2
set ONE=two words
echo %ONE% 100%%
set ONE=
echo [%ONE%]
if "%1"=="b" echo equal
if not "%1"=="c" echo not equal
if exist \dos\hello.com echo exists
if not exist \dos\nothing.com echo does not
child abc
if errorlevel 4 echo at least four
if errorlevel 5 echo five
for %%f in (x y z) do echo item %%f
for %%f in (\dos\hel*.com) do echo file %%f
call sub first
echo back with %RESULT%
goto over
echo not seen
:over
echo one > \tmp\o
echo two >> \tmp\o
type \tmp\o
hello > \tmp\h
keys < in
echo.
type \tmp\o | keys > \tmp\k
md \tmp\d
copy \tmp\o \tmp\d\p.txt
copy \tmp\o+\tmp\d\p.txt \tmp\q
copy /b \tmp\o+\tmp\o \tmp\bb > nul
cd \tmp\d
ren p.txt r.*
dir /b
del r.txt
cd ..
rd d
if exist d\nul echo still there
nosuch
prompt $n$g
echo on
echo loud
@echo off
exit 9
