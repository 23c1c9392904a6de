# with: sh
seq 1 1000 | grep 7 | sed 's/7/x/g' | wc -l
yes | head -n 3
yes | head -c 100000 | wc -c
(yes; echo "yes ended with $?" >&2) | head -n 1
sh -c 'yes; exit 0' | true; echo $?
seq 20000 | sort -rn | tail -n 2 | tr '\n' ' '; echo
echo in | (read x; echo "read $x"; read y; echo "status $?")
{ echo a; echo b >&2; } 2>&1 | sort
seq 5 | while read n; do echo $((n * n)); done | tac
dd if=/dev/zero bs=1000 count=200 2>/dev/null | md5sum
! true | false; echo $?
echo x | cat | cat | cat | cat | cat | cat
