# with: sh
awk 'BEGIN { for (i = 1; i <= 5; i++) s += i * i; print s, substr("hello", 2, 3), toupper("x") }'
printf 'b 2\na 10\nc 1\na 10\n' > t
sort t; sort -u t; sort -k2n t; sort -r t | uniq -c; uniq -d t
awk '{ n[$1] += $2 } END { for (k in n) print k, n[k] }' t | sort
sed -n '2,3p' t; sed 's/\([a-z]\) \([0-9]*\)/\2-\1/;1d' t; sed -i 's/a/A/' t; cat t
tr a-z A-Z < t; tr -d '0-9' < t; tr -s ' ' '_' < t
cut -d' ' -f2 t; cut -c1 t
od -tx1 t; od -An -td2 t; hexdump -C t; xxd t
seq 12 | xargs -n 5 echo; seq 3 | xargs -I% echo item % ; printf 'a\0b\0' | xargs -0 echo
grep -n A t; grep -c . t; grep -v A t; grep nothing t; echo $?; echo abc | grep -o '[bc]'
head -n 1 t; tail -n 1 t; tail -c 4 t; wc t; nl t; fold -w 3 t; rev t; tac t; paste t t
expr 3 + 4 \* 2; expr length hello; seq 1 0.5 2; factor 360; echo '2 3 + p' | dc; echo '7/2' | bc
comm /dev/null t 2>/dev/null; diff t /dev/null; echo $?; cmp t /dev/null; echo $?
tee copy < t | wc -l; cmp t copy; strings /dev/null; shuf -i 1-1; base64 t; split t 2>/dev/null; ls x* 2>/dev/null
