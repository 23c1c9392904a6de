echo in sub %0 %1
set RESULT=%1
