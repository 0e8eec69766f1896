#!/bin/sh
# embed.sh TABLE.c DATA.S FILE...: make files part of a program: their bytes, and the table that src/web/embedded.h declares.
set -eu
table=$1 data=$2
shift 2
{
    echo '#include "web/embedded.h"'
    i=0
    for file; do echo "extern const uint8_t web_file_$i[], web_file_${i}_end[];"; i=$((i + 1)); done
    echo 'const WebFile web_files[] = {'
    i=0
    for file; do
        echo "    { \"$(basename "$file")\", \"$(sha256sum <"$file" | cut -c1-20)\", web_file_$i, web_file_${i}_end },"
        i=$((i + 1))
    done
    echo '    { 0 },'
    echo '};'
} >"$table"
{
    echo '    .section .rodata'
    i=0
    for file; do
        printf '    .globl web_file_%s, web_file_%s_end\nweb_file_%s:\n    .incbin "%s"\nweb_file_%s_end:\n    .byte 0\n' \
            $i $i $i "$(realpath "$file")" $i
        i=$((i + 1))
    done
    echo '    .section .note.GNU-stack, "", @progbits'
} >"$data"
