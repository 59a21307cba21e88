#!/bin/sh
# Seeds of fuzz_elf: a library of each class and byte order with all that ld.so reads of it, one that
# is cut, a program. seeds_elf.sh MKELF FOLDER
set -eu
mkelf=$1
mkdir -p "$2"
cd "$2"
needs='needed=libc.so.6:GLIBC_2.17,GLIBC_2.28;libx.so.1:X_1;libm.so.6'
# shellcheck disable=SC2016
origin='runpath=$ORIGIN/../lib:/opt/lib'
names='symbols=PyInit_x,node_register_module_v115,napi_register_module_v1'
"$mkelf" wide.so type=dyn soname=libw.so.1 rpath=/opt "$origin" "$names" "$needs"
"$mkelf" narrow.so class=32 machine=i386 type=dyn soname=libn.so.1 "$origin" "$names" "$needs"
"$mkelf" big.so order=big machine=arm64 type=dyn "$names" "$needs"
"$mkelf" cut.so type=dyn "$names" "$needs" cut=300
"$mkelf" program interp=/lib64/ld-linux-x86-64.so.2 type=dyn "$needs"
