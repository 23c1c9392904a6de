# with: sh
(echo child; exit 3); echo $?
sh -c 'exit 9'; echo $?
sh -c 'kill -9 $$'; echo $?
sh -c 'kill -TERM $$'; echo $?
for n in 1 2 3 4 5 6 7 8 9 10; do sh -c "exit $n"; echo -n "$? "; done; echo
x=$(echo substitution; exit 4); echo "$x $?"
nosuchcommand; echo $?
./notthere; echo $?
echo text > notexecutable; ./notexecutable; echo $?
printf '#!/bin/sh\necho script "$@"\n' > script; chmod +x script; ./script a 'b c'; echo $?
exec 5>five; echo to five >&5; exec 5>&-; cat five
env -i A=1 B=two env
exec sh -c 'echo replaced; exit 6'
