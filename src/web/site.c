/* web/site.c: who is let in, and to what. */
#include "web/site.h"
#include "web/embedded.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

bool web_site_token(WebSite *site, Err *err)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint8_t random[WEB_TOKEN_CHARS];
    if (getrandom(random, sizeof random, 0) != sizeof random)
        return err_set_errno(err, errno, "no random numbers for the server's token");
    for (size_t i = 0; i < WEB_TOKEN_CHARS; i++)
        site->token[i] = alphabet[random[i] % 64];
    site->token[WEB_TOKEN_CHARS] = 0;
    return true;
}

/* Takes as long for a near miss as for any other text: time must not tell how much of a guess is right. */
static bool token_is(const WebSite *site, const char *text, size_t n)
{
    unsigned differ = n != WEB_TOKEN_CHARS;
    for (size_t i = 0; i < n && i < WEB_TOKEN_CHARS; i++)
        differ |= (unsigned char)text[i] ^ (unsigned char)site->token[i];
    return differ == 0;
}

/* Browsers keep cookies by host without its port, so the port is in the name. */
static void cookie_name(const WebSite *site, char name[32])
{
    (void)snprintf(name, 32, "facet-%d", site->port);
}

static bool cookie_has_token(const WebSite *site, const char *cookies)
{
    char name[32];
    cookie_name(site, name);
    size_t name_n = strlen(name);
    for (const char *p = cookies; *p;) {
        p += strspn(p, "; \t");
        size_t n = strcspn(p, ";");
        if (n > name_n && memcmp(p, name, name_n) == 0 && p[name_n] == '=' &&
            token_is(site, p + name_n + 1, n - name_n - 1))
            return true;
        p += n;
    }
    return false;
}

static bool has_token(const WebSite *site, const WebHead *head, const WebRequest *r)
{
    const char *query = web_query(r, "token");
    return (head->cookie && cookie_has_token(site, head->cookie)) ||
           (head->token && token_is(site, head->token, strlen(head->token))) ||
           (query && token_is(site, query, strlen(query)));
}

static bool same_name(const char *name, size_t n, const char *other)
{
    return strlen(other) == n && strncasecmp(name, other, n) == 0;
}

/* Where the server listens at all addresses: an address as such cannot be the work of a foreign name server, and this
 * machine's own name is known. */
static bool own_address(const char *name, size_t n)
{
    char text[256];
    struct in6_addr ip;
    if (n >= sizeof text)
        return false;
    if (gethostname(text, sizeof text) == 0 && memchr(text, 0, sizeof text) && same_name(name, n, text))
        return true;
    bool six = n > 2 && name[0] == '[' && name[n - 1] == ']';
    size_t bare_n = six ? n - 2 : n;
    memcpy(text, name + six, bare_n);
    text[bare_n] = 0;
    return inet_pton(six ? AF_INET6 : AF_INET, text, &ip) == 1;
}

/* Is this Host header one of the server's own? If not, a page of somebody else's has a name that points here (DNS
 * rebinding). */
static bool host_is_own(const WebSite *site, const char *host)
{
    size_t n = host[0] == '[' ? strcspn(host, "]") + (strchr(host, ']') != NULL) : strcspn(host, ":");
    char port[16];
    (void)snprintf(port, sizeof port, ":%d", site->port);
    if (strcmp(host + n, port) != 0 && !(site->port == 80 && host[n] == 0))
        return false;
    if (same_name(host, n, "localhost") || same_name(host, n, "127.0.0.1") || same_name(host, n, "[::1]"))
        return true;
    if (strcmp(site->host, "0.0.0.0") == 0 || strcmp(site->host, "::") == 0)
        return own_address(host, n);
    bool six = strchr(site->host, ':') != NULL;
    return site->host[0] && (six ? n > 2 && host[0] == '[' && same_name(host + 1, n - 2, site->host)
                                 : same_name(host, n, site->host));
}

static bool origin_is_host(const char *origin, const char *host)
{
    size_t n = strlen("http://");
    return strncasecmp(origin, "http://", n) == 0 && strcasecmp(origin + n, host) == 0;
}

static bool is_one_of(const char *text, const char *one, const char *two)
{
    return text && (strcmp(text, one) == 0 || strcmp(text, two) == 0);
}

/* Where does the request come from? False with *a answered when it is not one of the server's own pages or its user. */
static bool from_own_page(const WebSite *site, const WebHead *head, bool changes, bool arrives, WebAnswer *a)
{
    if (!head->host || !host_is_own(site, head->host)) {
        web_answer_error(a, 403, "this server is not known by that name: use the address that facet printed");
        return false;
    }
    bool same_origin = head->origin && origin_is_host(head->origin, head->host);
    if ((head->origin && !same_origin) ||
        (changes && !same_origin && !is_one_of(head->sec_fetch_site, "same-origin", "same-origin"))) {
        web_answer_error(a, 403, "only pages of this server may do that");
        return false;
    }
    /* Who arrives by a link with the token may come from anywhere. */
    if (head->sec_fetch_site && !is_one_of(head->sec_fetch_site, "same-origin", "none") && !arrives) {
        web_answer_error(a, 403, "only pages of this server may ask for that");
        return false;
    }
    return true;
}

static void add_encoded(Str *to, const char *text)
{
    for (; *text; text++)
        if (strchr("-._~", *text) || (*text >= '0' && *text <= '9') || (*text >= 'a' && *text <= 'z') ||
            (*text >= 'A' && *text <= 'Z'))
            str_add_char(to, *text);
        else
            str_printf(to, "%%%02X", (unsigned char)*text);
}

/* From "/?token=X&a=b" to "/?a=b", with the token in a cookie. A cookie that is SameSite=Strict does not go along with a
 * redirect when the user came from another site (a terminal in the browser, say); a page that goes on by itself is a start
 * of our own. */
static void send_to_clean(const WebSite *site, const WebHead *head, const char *path, const WebRequest *r,
                          WebAnswer *a)
{
    Str to = { 0 }, cookie = { 0 };
    str_add(&to, path);
    char mark = '?';
    for (size_t i = 0; i < r->queries; i++) {
        if (strcmp(r->query[i].name, "token") == 0)
            continue;
        str_add_char(&to, mark);
        add_encoded(&to, r->query[i].name);
        str_add_char(&to, '=');
        add_encoded(&to, r->query[i].value);
        mark = '&';
    }
    char name[32];
    cookie_name(site, name);
    str_printf(&cookie, "%s=%s; Path=/; HttpOnly; SameSite=Strict", name, site->token);

    bool by_link = head->sec_fetch_site && strcmp(head->sec_fetch_site, "none") != 0;
    Str page = { 0 };
    if (by_link) {
        str_add(
            &page,
            "<!DOCTYPE html><meta charset=\"utf-8\"><title>facet</title><meta http-equiv=\"refresh\" content=\"0;url=");
        str_add_html(&page, str_text(&to));
        str_add(&page, "\">");
    }
    web_answer_text(a, "text/html; charset=utf-8", str_text(&page));
    if (to.failed || cookie.failed || page.failed) {
        web_answer_error(a, 503, "out of memory");
        str_clear(&to);
        str_clear(&cookie);
    } else {
        a->cookie = str_take(&cookie);
        if (!by_link && a->status == 200) {
            a->status = 303;
            a->location = str_take(&to);
        }
        str_clear(&to);
    }
    str_clear(&page);
}

/* An embedded file. False when the path names none. */
static const WebFile *file_of_path(const WebSite *site, const char *path)
{
    return strcmp(path, "/") == 0 ? (site->page ? web_file_find(site->page) : NULL) : web_file_find(path + 1);
}

static const WebRoute *route_find(const WebSite *site, WebMethod method, char *path, WebRequest *r,
                                  WebAnswer *a)
{
    bool other_method = false;
    for (size_t i = 0; i < site->route_count; i++) {
        const WebRoute *route = &site->routes[i];
        if (route->method != method) {
            /* Matching cuts the path, so ask a copy. */
            WebParam ignored[WEB_MAX_PARAMS];
            char *copy = strdup(path);
            other_method = other_method || (copy && web_path_match(route->path, copy, ignored));
            free(copy);
        } else if (web_path_match(route->path, path, r->param)) {
            return route;
        }
    }
    web_answer_error(a, other_method ? 405 : 404,
                     other_method ? "not with this method" : "there is nothing at this address");
    return NULL;
}

static bool method_parse(const char *text, WebMethod *method)
{
    static const struct {
        const char *name;
        WebMethod method;
    } methods[] = { { "GET", WEB_GET },
                    { "HEAD", WEB_GET },
                    { "POST", WEB_POST },
                    { "PUT", WEB_PUT },
                    { "DELETE", WEB_DELETE } };
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (strcmp(text, methods[i].name) == 0) {
            *method = methods[i].method;
            return true;
        }
    return false;
}

const WebRoute *web_site_admit(const WebSite *site, const WebHead *head, WebRequest *r, WebAnswer *a)
{
    *r = (WebRequest){ 0 };
    WebMethod method;
    if (!method_parse(head->method, &method)) {
        web_answer_error(a, 405, "methods are GET, HEAD, POST, PUT and DELETE");
        return NULL;
    }
    if (head->repeated) {
        web_answer_error(a, 400, "a header that may come once came twice");
        return NULL;
    }
    char *path;
    if (!web_target_parse(r, head->target, &path, a))
        return NULL;
    r->if_none_match = head->if_none_match;
    r->content_type = head->content_type ? head->content_type : "";

    const WebFile *file = method == WEB_GET ? file_of_path(site, path) : NULL;
    bool arrives =
        file && web_query(r, "token") && strcmp(web_file_type(file->name), "text/html; charset=utf-8") == 0;
    if (!from_own_page(site, head, method != WEB_GET, arrives, a))
        return NULL;
    if (!has_token(site, head, r)) {
        web_answer_error(a, 401, "open the address that facet printed: it has the token that lets you in");
        return NULL;
    }
    if (arrives) {
        send_to_clean(site, head, path, r, a);
        return NULL;
    }
    if (file) {
        if (!web_answer_known(a, r, file->version, WEB_CACHE_CHECK))
            web_answer_constant(a, web_file_type(file->name), file->data, (size_t)(file->end - file->data));
        return NULL;
    }
    return route_find(site, method, path, r, a);
}
