# with: sh
i=0
while [ $i -lt 200 ]; do i=$((i + 1)); done
echo $i
for x in a b c; do for y in 1 2; do echo -n "$x$y "; done; done; echo
until [ $i -le 190 ]; do i=$((i - 3)); [ $i -eq 194 ] && continue; echo -n "$i "; done; echo
case word in w*d) echo matches;; *) echo no;; esac
f() { local x=$1; [ $x -le 1 ] && { echo 1; return; }; echo $((x * $(f $((x - 1))))); }
f 6
set -- one 'two words' three; echo $#; for x; do echo "[$x]"; done; shift; echo "$*"
v=abcdefabc; echo ${v#abc} ${v%abc} ${v%%c*} ${v##*a} ${#v} ${v:-d} ${w:-default} ${v:+set}
echo $((0x10 + 010 * 2 - 7 % 4)) $((1 << 20)) $((5 > 3 && 2 < 1))
IFS=:; set -- a:b:c; p=a:b:c; for x in $p; do echo -n "<$x>"; done; echo
unset IFS; echo *; touch z1 z2 y1; echo z? [!z]*
eval 'echo evaluated $i'
set -e; if false; then :; fi; false || echo survived; false; echo never
