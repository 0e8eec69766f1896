#include "base/yaml_text.h"

#include "base/utf8.h"

bool yaml_text_check(const char *text, size_t size, Err *err)
{
    static const char mark[] = "\xef\xbb\xbf"; /* the byte order mark, which may come first */
    size_t line = 1,
           start = size >= 3 && text[0] == mark[0] && text[1] == mark[1] && text[2] == mark[2] ? 3 : 0;
    for (size_t i = start, n; i < size; i += n) {
        bool whole;
        n = utf8_next(text + i, size - i, &whole);
        if (!whole || !text[i])
            return err_set(err, ERR_INPUT, "line %zu: not UTF-8; save the file as UTF-8", line);
        if (i == start && text[i] == '%')
            return err_set(err, ERR_INPUT, "line %zu: a directive, which is not read here; remove the line",
                           line);
        if (text[i] == '\n' || text[i] == '\r') {
            line += text[i] == '\n';
            start = i + 1;
        }
    }
    return true;
}
