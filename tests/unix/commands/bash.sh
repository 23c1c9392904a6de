# with: bash
shopt -s extglob
a=(one two 'three four'); echo ${#a[@]} "${a[2]}" "${!a[@]}"; a+=(five); unset 'a[0]'; declare -p a
declare -A m=([x]=1 [y]=2); for k in $(printf '%s\n' "${!m[@]}" | sort); do echo $k=${m[$k]}; done
[[ abc123 =~ ^([a-z]+)([0-9]+)$ ]] && echo "${BASH_REMATCH[1]} ${BASH_REMATCH[2]}"
[[ x < y && -n z ]] && echo yes; echo $((2 ** 30)) $((16#ff)) $RANDOM > /dev/null
cat <<< "here string $((6 * 7))"
diff <(seq 3) <(seq 4); echo $?
while read -r x; do n=$((n + x)); done < <(seq 10); echo $n
echo {a,b}{1..3} {05..08}; v=hello; echo ${v^^} ${v:1:3} ${v/l/L} ${v//l/L} ${v^}
printf -v p '%05.2f' 3.14159; echo $p; printf '%q\n' "a b'c"
f() { local -n r=$1; r=changed; }; w=x; f w; echo $w
mapfile -t lines < <(printf 'a\nb\n'); echo ${lines[1]} ${#lines[@]}
seq 3 | { read x; echo $x; cat; }; echo "${PIPESTATUS[@]}"; false | true | (exit 3); echo "${PIPESTATUS[@]}"
set -o pipefail; false | true; echo $?; touch a.c b.c c.h; echo !(*.c)
trap 'echo ERR $LINENO' ERR; false; trap - ERR
coproc cat; echo over >&${COPROC[1]}; read -u ${COPROC[0]} x; echo $x; exec {COPROC[1]}>&-; wait
select x in q; do break; done < /dev/null 2>/dev/null; echo $?
let 'z = 3 * 4'; echo $z; (( z > 10 )) && echo big; for ((i = 0; i < 3; i++)); do echo -n $i; done; echo
type -t cd ls if f nothing; nosuch; echo $?; exec 7> >(cat); echo to process >&7; exec 7>&-; sleep 0.3
read -t 0.1 x < <(sleep 1); echo $(( $? > 128 ))
exit 11
