# with: sh
a=$(date +%s); sleep 1.1; b=$(date +%s); [ $((b - a)) -ge 1 ] && [ $((b - a)) -le 20 ] && echo slept
date -u -d @0; date -u -d @1000000000 '+%Y-%m-%d %H:%M:%S %a %j %U'
TZ=UTC date -d '2024-02-29 12:00' +%A; date -d nonsense; echo $?
time true 2> t; grep -c real t
usleep 1000; sleep 0; sleep x; echo $?
cal 2 2024
