#!/bin/sh
# Seeds of fuzz_jvm: class files of each shape, one that is cut, a manifest. seeds_jvm.sh MKCLASS FOLDER
set -eu
mkclass=$1
mkdir -p "$2"
cd "$2"
api=com/amazonaws/services/lambda/runtime
"$mkclass" . handler implements=$api/RequestHandler \
    "signature=Ljava/lang/Object;L$api/RequestHandler<TT;Ljava/util/Map<TX;TY;>;>;" \
    "handleRequest([[Ljava/lang/String;JDL$api/Context;)V"
# shellcheck disable=SC2016
"$mkclass" . 'outer$inner' inner=1 file=inner.class major=69
"$mkclass" . whole
head -c 70 whole.class >cut.class
printf 'Manifest-Version: 1.0\r\nClass-Path: a.jar b.j\r\n ar c.jar\r\n\r\nName: x\r\n' >manifest.mf
