# with: sh
mkdir -p a/b/c; echo text > a/b/c/f; find a | sort
cp a/b/c/f a/g; cmp a/b/c/f a/g && echo same
cp -r a copy; diff -r a copy && echo same tree
mv a/g a/h; ls a; mv nothere x; echo $?
ln a/h a/hard; ln -s h a/soft; stat -c '%n %F %a %s %h' a/h a/hard a/soft
readlink a/soft; cat a/soft; rm a/h; cat a/soft; echo $?; cat a/hard
chmod 640 a/hard; stat -c %a a/hard; chmod u+x,g-r,o=w a/hard; stat -c '%a %A' a/hard
touch -d '2020-02-03 04:05:06' t; stat -c %Y t; date -u -r t
[ t -ot a/hard ] && echo older
truncate -s 10000 t; stat -c %s t; truncate -s 3 t; od -c t
rmdir a; echo $?; rm a; echo $?; rm -r a copy; ls
mkdir d; chmod 1777 d; stat -c %A d; mkdir d; echo $?
mkfifo p; stat -c '%F' p; (echo through > p &) ; cat p
mknod n c 1 3 2>/dev/null && stat -c '%F %t %T' n; rm -f n
ln -s loop loop; cat loop; echo $?
umask 077; touch private; stat -c %a private; umask
: > 'a name with spaces'; ls; ls -a | head -n 2
test -f t && test ! -d t && [ -s t ] && [ -p p ] && [ -L loop ] && echo tests
pwd -P | sed 's/.*here/here/'; cd d; cd ..; cd nothere; echo $?
rm t; rm t; echo $?
realpath d | sed 's/.*here/here/'
