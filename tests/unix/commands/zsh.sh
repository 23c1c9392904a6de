# with: zsh -f
setopt extended_glob
a=(one two three); print $#a $a[2] ${(j:-:)a} ${(U)a[1]} ${a[(i)three]}
typeset -A m; m=(x 1 y 2); print ${(kok)m} ${m[y]}
print ${(s:,:):-a,b,c} ${${:-/a/b.c}:t:r} {1..4}
[[ abc123 = (#b)([a-z]#)([0-9]#) ]] && print $match
seq 3 | while read x; do (( n += x )); done; print $n
cat =(print file) <(print pipe)
print -l z a m | sort | tee copy | wc -l; cat copy
for f in copy(N) nothing(N); do print $f; done; touch a1 b2; print [^c]*
f() { local x=$1; print in $x; return 4 }; f arg; print $?
TRAPUSR1() { print got $1 }; kill -USR1 $$;
{ print try; false } always { print always }
print $(( 1.0 / 3 )) $(( 2 ** 10 )) $(( 0x1f ))
repeat 3 print -n r; print; print -rn -- '\n'; print; printf '%03d\n' 7
(sleep 0.1; exit 3) & wait $!; print $?
nosuch; print $?
exit 12
