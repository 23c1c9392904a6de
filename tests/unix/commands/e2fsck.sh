# with: sh
dd if=/dev/zero of=image bs=1024 count=1024 2>/dev/null
mke2fs -F image > /dev/null; echo $?
e2fsck.static -fn image 2>/dev/null; echo $?
dd if=/dev/zero of=image bs=1 seek=1080 count=2 conv=notrunc 2>/dev/null
e2fsck.static -fy image > report 2>&1; echo $?; sed 's/[0-9][0-9:. ()-]*//g' report | head -n 3
mke2fs -F image > /dev/null; dd if=/dev/zero of=image bs=1024 seek=3 count=2 conv=notrunc 2>/dev/null
e2fsck.static -fy image > report 2>&1; echo $?; cat report | sed 's/e2fsck [^ ]* (.*//'
e2fsck.static -fn image 2>/dev/null; echo $?
