# with: sh
(sleep 0.1; echo background) & echo foreground; wait; echo done
for i in 3 1 2; do (sleep 0.$i; echo $i) & done; wait
sleep 0.1 & sleep 0.1 & wait; echo $?
sh -c 'exit 4' & wait $!; echo $?
x=$(sleep 0.1 & echo quick); echo $x
mkfifo p; cat p & echo through > p; wait
(sh -c 'sleep 0.1; echo orphan' &); sleep 0.5; echo parent
setsid sh -c 'echo session'
i=0; while [ $i -lt 30 ]; do i=$((i + 1)); (exit $i) & done; wait; echo all
