#include "text/ollama_host.h"

#include "base/str.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST_MAX 255
#define PORT_MAX 65535

/* A range of the text. */
typedef struct {
    const char *at;
    size_t n;
} Span;

typedef struct {
    Span scheme, host, port, path; /* host without brackets */
} Parts;

static Span trim(Span s, const char *what)
{
    while (s.n && strchr(what, s.at[0])) {
        s.at++;
        s.n--;
    }
    while (s.n && strchr(what, s.at[s.n - 1]))
        s.n--;
    return s;
}

static size_t find(Span s, char c)
{
    const char *p = s.n ? memchr(s.at, c, s.n) : NULL;
    return p ? (size_t)(p - s.at) : s.n;
}

static bool is(Span s, const char *text)
{
    return s.n == strlen(text) && memcmp(s.at, text, s.n) == 0;
}

static bool is_ipv6(Span s)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (s.n >= sizeof text)
        return false;
    memcpy(text, s.at, s.n);
    text[s.n] = '\0';
    return inet_pton(AF_INET6, text, &address) == 1;
}

/* "host:port", "[v6]:port", "host", "v6" into its two parts. */
static bool split_port(Span s, Parts *p)
{
    p->host = s;
    p->port = (Span){ s.at + s.n, 0 };
    if (s.n && s.at[0] == '[') {
        size_t close = find(s, ']');
        if (close == s.n)
            return false;
        p->host = (Span){ s.at + 1, close - 1 };
        s.at += close + 1;
        s.n -= close + 1;
        if (s.n && s.at[0] != ':')
            return false;
        if (s.n)
            p->port = (Span){ s.at + 1, s.n - 1 };
        return is_ipv6(p->host) && (s.n != 1);
    }
    if (is_ipv6(s))
        return true;
    size_t colon = find(s, ':');
    if (colon == s.n)
        return true;
    p->host.n = colon;
    p->port = (Span){ s.at + colon + 1, s.n - colon - 1 };
    return p->port.n > 0;
}

static bool all_of(Span s, const char *also)
{
    for (size_t i = 0; i < s.n; i++)
        if (!isalnum((unsigned char)s.at[i]) && (s.at[i] == '\0' || !strchr(also, s.at[i])))
            return false;
    return true;
}

static bool port_is_good(Span s)
{
    long port = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (!isdigit((unsigned char)s.at[i]))
            return false;
        port = port * 10 + (s.at[i] - '0');
        if (port > PORT_MAX)
            return false;
    }
    return port > 0;
}

/* As err_set(), about an address that cannot be used. */
static bool refuse(const char *host, const char *name, const char *why, Err *err)
{
    char shown[200];
    snprintf(shown, sizeof shown, "%s", host);
    for (char *c = shown; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = ' ';
    return err_set(err, ERR_USAGE, "%s \"%s\": %s; write it as host, host:port or http://host:port", name,
                   shown, why);
}

static bool take_apart(Parts *p, const char *host, const char *name, Err *err)
{
    Span all = trim((Span){ host, strlen(host) }, " \t\r\n");
    all = trim(trim(all, "\"'"), " \t\r\n");
    const char *mark = strstr(all.at, "://");
    Span rest = all;
    *p = (Parts){ .scheme = { "http", 4 } };
    if (mark && mark < all.at + all.n) {
        p->scheme = (Span){ all.at, (size_t)(mark - all.at) };
        rest = (Span){ mark + 3, all.n - p->scheme.n - 3 };
        if (!is(p->scheme, "http") && !is(p->scheme, "https"))
            return refuse(host, name, "Ollama is reached by http or https only", err);
    }
    size_t slash = find(rest, '/');
    p->path = trim((Span){ rest.at + slash, rest.n - slash }, "/");
    bool ok = split_port((Span){ rest.at, slash }, p) && p->host.n <= HOST_MAX;
    if (ok && p->port.n == 0)
        p->port = !mark                   ? (Span){ "11434", 5 }
                  : is(p->scheme, "http") ? (Span){ "80", 2 }
                                          : (Span){ "443", 3 };
    else if (ok && !port_is_good(p->port))
        return refuse(host, name, "a port is a number from 1 to 65535", err);
    /* Nothing of an address has a meaning of its own in a URL: no user, no query, no fragment. */
    if (!ok || (!is_ipv6(p->host) && !all_of(p->host, ".-_")) || !all_of(p->path, "/.-_~"))
        return refuse(host, name, "this is no address of a server", err);
    if (p->host.n == 0 || is(p->host, "0.0.0.0"))
        p->host = (Span){ "127.0.0.1", 9 };
    else if (is(p->host, "::"))
        p->host = (Span){ "::1", 3 };
    return true;
}

bool ollama_host_url(char **url, const char *host, const char *name, Err *err)
{
    Parts p;
    Str out = { 0 };
    *url = NULL;
    if (!take_apart(&p, host, name, err))
        return false;
    bool brackets = is_ipv6(p.host);
    str_add_n(&out, p.scheme.at, p.scheme.n);
    str_add(&out, brackets ? "://[" : "://");
    str_add_n(&out, p.host.at, p.host.n);
    str_add(&out, brackets ? "]:" : ":");
    str_add_n(&out, p.port.at, p.port.n);
    if (p.path.n) {
        str_add_char(&out, '/');
        str_add_n(&out, p.path.at, p.path.n);
    }
    *url = str_take(&out);
    return *url || err_set(err, ERR_NOMEM, "no memory");
}
