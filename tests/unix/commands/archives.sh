# with: sh
mkdir tree; for i in 1 2 3; do seq $((i * 1000)) > tree/f$i; done; ln -s f1 tree/link; chmod 755 tree/f2
tar cf t.tar tree; tar tf t.tar | sort; mkdir x; tar xf t.tar -C x; diff -r tree x/tree && echo tar
stat -c '%A %s' x/tree/f2; readlink x/tree/link
gzip -k tree/f3; gzip -dc tree/f3.gz | cmp - tree/f3 && echo gzip; rm tree/f3.gz
bzip2 -k tree/f3; bunzip2 -c tree/f3.bz2 | cmp - tree/f3 && echo bzip2; rm tree/f3.bz2
tar czf t.tgz tree; tar tzf t.tgz | wc -l; gunzip < t.tgz | tar tf - | sort | tail -n 1
find tree | sort | cpio -o -H newc > t.cpio 2>/dev/null; mkdir y; (cd y; cpio -id < ../t.cpio 2>/dev/null)
diff -r tree y/tree && echo cpio
cat tree/* | md5sum; cat tree/* | sha1sum; sha256sum tree/f1; sha512sum < tree/f1 | cut -c1-32
sha256sum tree/f* > sums; sha256sum -c sums; echo more >> tree/f1; sha256sum -c sums; echo $?
crc32 tree/f2 2>/dev/null; uuencode -m name < tree/f1 | head -n 2; gzip -t t.tar; echo $?
