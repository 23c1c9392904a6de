# with: sh
mkdir many; for i in $(seq 300); do : > many/file$i; done
ls many | wc -l; ls many | sort -V | tail -n 2
find many -name '*99' | sort
find many -name 'file1*' -exec echo {} + | wc -w
find . -type d; find many -newer many/file1 | wc -l > /dev/null
du -s nothere; echo $?
rm many/file1?; ls many | wc -l
ls -1 many | head -n 3
mv many fewer; cd fewer; ls | wc -l; cd ..; rm -rf fewer; ls
x=d; for i in $(seq 20); do x=$x/d; done; mkdir -p $x; find d | tail -n 1; rm -r d
