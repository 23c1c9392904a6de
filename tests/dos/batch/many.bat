@echo off
for %%a in (0 1 2 3 4 5 6 7 8 9) do call \dos\b\twenty %%a
