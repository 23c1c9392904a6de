# with: sh
echo one two
echo -n 'no newline'; echo
echo -e 'a\tb\\c'
printf '%s|%5d|%-5s|%x|%o|%c\n' word 42 left 255 8 zed
printf '%b' 'octal \0101\n'
echo to stderr >&2
false
echo $?
true; echo $?
(exit 42); echo $?
exit 7
