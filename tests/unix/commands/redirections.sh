# with: sh
echo first > f; echo second >> f; cat < f
cat f nothere > out 2> err; echo $?; cat out err
ls nothere > both 2>&1; cat both
cat <<END
here $((1 + 1)) $(echo sub)
END
cat <<'END'
verbatim $x $(y)
END
cat <<-END
	tabs gone
	END
exec 3< f; read a <&3; read b <&3; exec 3<&-; echo "$b $a"
exec 4<> f; echo XX >&4; exec 4>&-; cat f
set -C; echo no > f; echo $?; echo yes >| f; cat f; set +C
: > empty; wc -c < empty
echo closed >&-; echo $?
cat <&- ; echo $?
echo x > /dev/null; cat /dev/null; head -c 5 /dev/zero | od -An -tx1
echo full > /dev/full; echo $?
cat < nosuchfile; echo $?
echo > nodir/file; echo $?
