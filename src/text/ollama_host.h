/* text/ollama_host.h: where the Ollama server is, in all the ways in which its own command can be told. */
#ifndef FACET_TEXT_OLLAMA_HOST_H
#define FACET_TEXT_OLLAMA_HOST_H

#include "base/err.h"

/* "http://127.0.0.1:11434" from what OLLAMA_HOST may hold; without a slash at its end.
 *
 *   ""  host  host:port  :port  1.2.3.4  ::1  [::1]:port  scheme://host[:port][/path]
 *
 * White space and quotes around it, and slashes at its end, are taken off. The port is 11434, or that of the
 * scheme (80, 443) where one is written. An address that only a server can have (no host, 0.0.0.0, ::)
 * becomes this machine. ERR_USAGE, calling the value `name`: another scheme, a bad port, a character that has
 * no place in it. The caller frees *url. */
bool ollama_host_url(char **url, const char *host, const char *name, Err *err)
    __attribute__((warn_unused_result));

#endif
