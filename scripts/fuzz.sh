#!/bin/sh
# fuzz.sh [-t SECONDS] [NAME...]: run the libFuzzer programs of tests/fuzz, all or the named ones, 60 seconds each. What
# they learn stays in build-fuzz/corpus; what breaks them is written to build-fuzz/crashes.
set -eu
cd "$(dirname "$0")/.."
seconds=60
if [ "${1:-}" = -t ]; then seconds=$2; shift 2; fi
[ $# -gt 0 ] || set -- $(ls tests/fuzz | sed -n 's/^fuzz_\([a-z0-9_]*\)\.c$/\1/p')
test -f build-fuzz/build.ninja || CC=clang meson setup build-fuzz --buildtype=debugoptimized \
    -Db_sanitize=address,undefined -Db_lundef=false -Dc_args=-fsanitize=fuzzer-no-link >/dev/null
# A target's first inputs: the fixtures that its parser reads.
seeds() {
    case $1 in
    safetensors) ls tests/fixtures/weights/*.safetensors ;;
    gguf) { printf 'GGUF\3\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\021\0\0\0\0\0\0\0general.alignment\4\0\0\0\010\0\0\0'
        printf '\1\0\0\0\0\0\0\0a\1\0\0\0\040\0\0\0\0\0\0\0\010\0\0\0\0\0\0\0\0\0\0\0\0\0%38s' ''; } >build-fuzz/gguf.seed
        echo build-fuzz/gguf.seed ;;
    zip | torch_file) ls tests/fixtures/weights/*.pth ;;
    jpeg) ls tests/fixtures/vision/codecs/*/*.jpg tests/fixtures/codecs/*/*.jpg ;;
    png | webp | bmp) ls tests/fixtures/vision/codecs/*/*."$1" tests/fixtures/codecs/*/*."$1" ;;
    tiff) ls tests/fixtures/vision/codecs/*/*.tif tests/fixtures/codecs/*/*.tif ;;
    exif) printf 'II*\0\010\0\0\0\1\0\022\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0' >build-fuzz/exif.little
        printf 'MM\0*\0\0\0\010\0\1\1\022\0\3\0\0\0\1\0\010\0\0\0\0\0\0' >build-fuzz/exif.big
        { printf 'Exif\0\0'; cat build-fuzz/exif.big; } >build-fuzz/exif.prefixed
        echo build-fuzz/exif.little build-fuzz/exif.big build-fuzz/exif.prefixed ;;
    contour_tree) # a ring with a dot in it, and two discs
        printf '\0\006\177\301\240\320\050\030\377' >build-fuzz/contour_tree.bits
        printf '\1\050\020\200\050\200\200' >build-fuzz/contour_tree.discs
        echo build-fuzz/contour_tree.bits build-fuzz/contour_tree.discs ;;
    png_filters | jpeg_passes | resize) # pixels
        ls tests/fixtures/vision/codecs/good/rgb24.bmp ;;
    dataset_yaml) printf 'path: .\ntrain: [train/images]\nval: list.txt\nnames: {0: mug}\n' >build-fuzz/yaml.seed; echo build-fuzz/yaml.seed ;;
    label) printf '0{"question": 1, "points": [[1, 2, 1]], "box": [0, 0, 37, 29]}' >build-fuzz/label.prompt
        printf '1\045\035\012\247\010' >build-fuzz/label.mask; echo build-fuzz/label.prompt build-fuzz/label.mask ;;
    labels | yolo_label) printf '0 0.25 0.25 0.75 0.25 0.75 0.75\n1 nan 2 3\n' >build-fuzz/labels.seed; echo build-fuzz/labels.seed ;;
    qwen_vl_config) ls tests/fixtures/qwen/text_encoder/text_encoder/config.json ;;
    sam2_config) ls tests/fixtures/sam/*/*.yaml ;;
    prompts) ls examples/prompts/*.txt ;;
    journal) printf '%s\n' '{"step":4,"item":"a.png","key":"8c1f","ok":false,"attempts":4,"ms":12.0,"error":"x","time":"2025"}' \
        >build-fuzz/journal.seed; echo build-fuzz/journal.seed ;;
    http)
        printf 'GET\n/a/1/b.png?n=2&q=%%20\n=\n-\n=\n-\n-\n-\n-\n' >build-fuzz/http.get
        printf 'POST\n/a/1/b/c?token=x\n=\n=\n-\n=\n=\n=\n=\n{"a":[1,"\\u00e9"]}' >build-fuzz/http.post
        printf 'GET\n/?a=b&token=0123456789abcdefghijklmnopqrstuv\ngpu-box:8377\n-\n-\n-\ncross-site\n-\n-\n' >build-fuzz/http.enter
        echo build-fuzz/http.get build-fuzz/http.post build-fuzz/http.enter ;;
    review) printf '%s\n' '{"step":6,"items":["a.jpg","b.jpg"],"decision":"drop"}' '{"step":6,"items":["a.jpg"],"corrected":"replaced/a.txt"}' \
        '{"undo":true}' >build-fuzz/review.seed; echo build-fuzz/review.seed ;;
    gallery) # the first byte says which file of an execution it is
        printf '\0%s\n' '{"step":6,"item":"perspective_0_prompt_0_seed_1.png","ok":true,"note":"1 0.5 0.9"}' >build-fuzz/gallery.journal
        printf '\1{"state_version":1,"completed_steps":[1],"prompts":["a"],"perspective_view_info":[{}]}' >build-fuzz/gallery.state
        printf '\4%s' '0 0.1 0.1 0.2 0.1 0.2 0.2' >build-fuzz/gallery.label
        echo build-fuzz/gallery.journal build-fuzz/gallery.state build-fuzz/gallery.label ;;
    config) { printf a; cat examples/mug.yaml; } >build-fuzz/config.seed; echo build-fuzz/config.seed ;;
    pickle) for f in tests/fixtures/weights/*.pth; do unzip -qp "$f" '*/data.pkl' >"build-fuzz/$(basename "$f").pkl" 2>/dev/null &&
        echo "build-fuzz/$(basename "$f").pkl"; done ;;
    tokenizer)
        t=tests/fixtures/qwen/tokenizer/tokenizer
        { cat $t/tokenizer.json && printf '\377\377\377\377\377<|im_start|>a picture' ; } >build-fuzz/tokenizer.one
        { printf '\377' && cat $t/vocab.json && printf '\377' && cat $t/merges.txt && printf '\377' && cat $t/tokenizer_config.json &&
            printf '\377' && cat $t/added_tokens.json && printf '\377it'"'"'s\n 12 <tool_call>'; } >build-fuzz/tokenizer.five
        printf '\377{"a":0,"b":1,"ab":2,"<":3}\377a b\n\377{"added_tokens_decoder":{"4":{"content":"<","normalized":true}}}\377{"ba":5}\377abba<' \
            >build-fuzz/tokenizer.small
        echo build-fuzz/tokenizer.one build-fuzz/tokenizer.five build-fuzz/tokenizer.small ;;
    esac
}
mkdir -p build-fuzz/crashes
status=0
for name; do
    ninja -C build-fuzz --quiet "tests/fuzz/fuzz_$name"
    mkdir -p "build-fuzz/corpus/$name"
    for seed in $(seeds "$name"); do cp "$seed" "build-fuzz/corpus/$name/"; done
    echo "== $name, $seconds s"
    UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 "build-fuzz/tests/fuzz/fuzz_$name" -max_total_time="$seconds" \
        -timeout=10 -rss_limit_mb=3000 -malloc_limit_mb=2000 -max_len=65536 -print_final_stats=1 -verbosity=0 \
        -artifact_prefix=build-fuzz/crashes/"$name"- "build-fuzz/corpus/$name" >"build-fuzz/$name.log" 2>&1 ||
        { status=1; tail -n 40 "build-fuzz/$name.log"; }
    grep '^stat::' "build-fuzz/$name.log" || true
done
exit $status
