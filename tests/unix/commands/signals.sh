# with: sh
trap 'echo caught TERM' TERM; kill -TERM $$; echo after
trap 'echo exit trap $?' EXIT
trap '' INT; kill -INT $$; echo ignored
trap - TERM
(trap 'echo in child; exit 3' USR1; kill -USR1 $(sh -c 'echo $PPID'); sleep 1; echo late); echo $?
sleep 100 & p=$!; kill $p; wait $p 2>/dev/null; echo $?
sleep 100 & p=$!; kill -STOP $p; kill -CONT $p; kill -KILL $p; wait $p 2>/dev/null; echo $?
kill -0 $$ && echo alive; kill -0 $p 2>/dev/null; echo $?
kill -l 15; kill -l | head -n 1
trap 'echo usr2; done=1' USR2; (sleep 0.2; kill -USR2 $$) & done=; while [ -z "$done" ]; do sleep 0.05; done; wait
trap 'n=$((n + 1))' USR1; n=0; for i in 1 2 3; do kill -USR1 $$; done; echo $n
sh -c 'trap "" PIPE; yes 2>/dev/null; echo "yes: $?" >&2' | head -n 1
timeout 0.2 sleep 10; echo $?
timeout -s KILL 0.2 sleep 10; echo $?
sh -c 'ulimit -c 0; kill -SEGV $$'; echo $?
exit 5
