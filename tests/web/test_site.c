/* Who is let in and to what, without sockets. */
#include "temp.h"

#include "web/embedded.h"
#include "web/site.h"

#include <fcntl.h>

static void handle(void *user, const WebRequest *r, WebAnswer *a)
{
    (void)user;
    (void)r;
    web_answer_none(a);
}

static const WebRoute routes[] = {
    { WEB_GET, "/api/pictures", 0, false, handle },
    { WEB_GET, "/api/picture/{number}", 0, false, handle },
    { WEB_POST, "/api/picture/{number}", 100, false, handle },
    { WEB_GET, "/api/{name}/of/{name}/{number}", 0, false, handle },
};

static const WebSite site = { .routes = routes,
                              .route_count = sizeof routes / sizeof routes[0],
                              .page = "base.css",
                              .host = "127.0.0.1",
                              .port = 8377,
                              .token = "0123456789abcdefghijklmnopqrstuv" };
#define TOKEN "0123456789abcdefghijklmnopqrstuv"

/* A good request; tests change one thing each. */
static WebHead good(const char *method, const char *target)
{
    return (WebHead){ .method = method,
                      .target = target,
                      .host = "127.0.0.1:8377",
                      .origin = "http://127.0.0.1:8377",
                      .token = TOKEN };
}

/* The status that a head gets; 0 when it is let in to a route. */
static int status_at(const WebSite *s, WebHead head)
{
    WebRequest r;
    WebAnswer a = { 0 };
    const WebRoute *route = web_site_admit(s, &head, &r, &a);
    int status = a.status;
    assert_true((route != NULL) == (status == 0));
    web_request_clear(&r);
    web_answer_clear(&a);
    return status;
}

static int status_of(WebHead head)
{
    return status_at(&site, head);
}

static void a_route_gets_what_its_path_leaves_open(void **state)
{
    (void)state;
    WebRequest r;
    WebAnswer a = { 0 };
    WebHead h = good("GET", "/api/train.1/of/a-b_c.png/2147483647?x=1&y=a%20b+c%C3%A9&z");
    const WebRoute *route = web_site_admit(&site, &h, &r, &a);
    assert_ptr_equal(route, &routes[3]);
    assert_string_equal(r.param[0].name, "train.1");
    assert_string_equal(r.param[1].name, "a-b_c.png");
    assert_int_equal(r.param[2].number, 2147483647);
    assert_string_equal(web_query(&r, "x"), "1");
    assert_string_equal(web_query(&r, "y"), "a b c\xC3\xA9");
    assert_string_equal(web_query(&r, "z"), "");
    assert_null(web_query(&r, "w"));
    web_request_clear(&r);
}

static void paths_outside_the_table_lead_nowhere(void **state)
{
    (void)state;
    static const char *const none[] = {
        "/api/picture/",
        "/api/picture/-1",
        "/api/picture/+1",
        "/api/picture/2147483648",
        "/api/picture/99999999999999999999999",
        "/api/picture/1/",
        "/api/picture/1x",
        "/api/picture/0x1",
        "/api/picture/ 1",
        "/api/pictures/",
        "/api/picture",
        "/api//of/a/1",
        "/api/../of/a/1",
        "/api/.x/of/a/1",
        "/api/a%2fb/of/a/1",
        "/api/a%00/of/a/1",
        "/api/\xC3\xA9/of/a/1",
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "//etc/passwd",
        "/base.css/",
        "/./base.css",
        "/base.css%00.html",
        "/base.css/../base.css",
        "/BASE.CSS",
        "/meson.build",
        "/static/base.css",
        "/.",
        "/..",
        "/\\..\\etc",
    };
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        if (status_of(good("GET", none[i])) != 404)
            fail_msg("%s: %d", none[i], status_of(good("GET", none[i])));
    char longest[400] = "/api/";
    memset(longest + 5, 'a', 200);
    strcpy(longest + 205, "/of/a/1");
    assert_int_equal(status_of(good("GET", longest)), 0);
    memset(longest + 5, 'a', 201);
    strcpy(longest + 206, "/of/a/1");
    assert_int_equal(status_of(good("GET", longest)), 404);
}

static void a_target_that_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "*",
        "api/pictures",
        "http://127.0.0.1:8377/api/pictures",
        "?",
        "/api/pictures?a=%",
        "/api/pictures?a=%2",
        "/api/pictures?a=%g0",
        "/api/pictures?a=%00",
        "/api/pictures?a=%0a",
        "/api/pictures?a=%ff",
        "/api/pictures?a=%C3",
        "/api/pictures?%zz=1",
        "/api/pictures?a=1&a=2",
        "/api/pictures?a=%7f",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (status_of(good("GET", bad[i])) != 400)
            fail_msg("%s", bad[i]);
    char many[400] = "/api/pictures?";
    for (int i = 0; i < WEB_MAX_QUERIES; i++)
        sprintf(many + strlen(many), "&q%d=%d", i, i);
    assert_int_equal(status_of(good("GET", many)), 0);
    strcat(many, "&one=more");
    assert_int_equal(status_of(good("GET", many)), 400);
    char *huge = calloc(1, WEB_MAX_TARGET + 2);
    memset(huge, 'a', WEB_MAX_TARGET + 1);
    huge[0] = '/';
    assert_int_equal(status_of(good("GET", huge)), 414);
    huge[WEB_MAX_TARGET] = 0;
    assert_int_equal(status_of(good("GET", huge)), 404);
    free(huge);
}

static void methods_are_those_of_the_table(void **state)
{
    (void)state;
    assert_int_equal(status_of(good("GET", "/api/picture/1")), 0);
    assert_int_equal(status_of(good("HEAD", "/api/picture/1")), 0);
    assert_int_equal(status_of(good("POST", "/api/picture/1")), 0);
    assert_int_equal(status_of(good("PUT", "/api/picture/1")), 405);
    assert_int_equal(status_of(good("DELETE", "/api/picture/1")), 405);
    assert_int_equal(status_of(good("DELETE", "/api/none")), 404);
    assert_int_equal(status_of(good("POST", "/base.css")), 404);
    static const char *const none[] = { "OPTIONS", "TRACE", "CONNECT", "get", "", "PATCH", "GET " };
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_int_equal(status_of(good(none[i], "/api/picture/1")), 405);
}

static void only_who_has_the_token_is_let_in(void **state)
{
    (void)state;
    WebHead h = good("GET", "/api/pictures");
    h.token = NULL;
    assert_int_equal(status_of(h), 401);
    static const char *const wrong[] = { "",
                                         "0",
                                         "0123456789abcdefghijklmnopqrstu",
                                         TOKEN "0",
                                         "0123456789abcdefghijklmnopqrstuV",
                                         "1123456789abcdefghijklmnopqrstuv",
                                         TOKEN "," TOKEN };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        h.token = wrong[i];
        assert_int_equal(status_of(h), 401);
    }
    h.token = NULL;
    static const char *const bad_cookies[] = {
        "facet-8377=", "facet-8376=" TOKEN,   "xfacet-8377=" TOKEN, "facet-8377=" TOKEN "x",
        TOKEN,         "a=facet-8377=" TOKEN, "facet-8377 =" TOKEN
    };
    for (size_t i = 0; i < sizeof bad_cookies / sizeof bad_cookies[0]; i++) {
        h.cookie = bad_cookies[i];
        assert_int_equal(status_of(h), 401);
    }
    static const char *const cookies[] = { "facet-8377=" TOKEN, "a=b; facet-8377=" TOKEN "; c=d",
                                           "facet-8377=old; facet-8377=" TOKEN };
    for (size_t i = 0; i < sizeof cookies / sizeof cookies[0]; i++) {
        h.cookie = cookies[i];
        assert_int_equal(status_of(h), 0);
    }
    h.cookie = NULL;
    h.target = "/api/pictures?token=" TOKEN;
    assert_int_equal(status_of(h), 0);
    h.target = "/api/pictures?token=" TOKEN "0";
    assert_int_equal(status_of(h), 401);
    h.target = "/base.css";
    assert_int_equal(status_of(h), 401);
    h.target = "/nothing";
    assert_int_equal(status_of(h), 401); /* who is not let in does not learn what is there */
}

static void tokens_differ_from_start_to_start(void **state)
{
    (void)state;
    WebSite a = { 0 }, b = { 0 };
    Err err = { 0 };
    assert_ok(web_site_token(&a, &err));
    assert_ok(web_site_token(&b, &err));
    assert_int_equal(strlen(a.token), WEB_TOKEN_CHARS);
    assert_int_equal(strspn(a.token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
                     WEB_TOKEN_CHARS);
    assert_string_not_equal(a.token, b.token);
}

static void foreign_host_names_are_refused(void **state)
{
    (void)state;
    static const char *const own[] = { "127.0.0.1:8377", "localhost:8377", "LocalHost:8377", "[::1]:8377" };
    static const char *const foreign[] = {
        "",
        "127.0.0.1",
        "localhost",
        "127.0.0.1:8378",
        "127.0.0.1:",
        "127.0.0.1:83770",
        "evil.example:8377",
        "localhost.evil.example:8377",
        "127.0.0.1.evil.example:8377",
        "127.0.0.1:8377.evil.example",
        "127.0.0.1:8377:8377",
        "127.0.0.2:8377",
        "[::1",
        "[::1]",
        "[::2]:8377",
        ":8377",
        "a@127.0.0.1:8377",
        "127.0.0.1:8377@evil.example",
        " 127.0.0.1:8377",
        "0.0.0.0:8377",
        "192.168.0.1:8377",
        "[]:8377",
        "[",
    };
    WebHead h = good("GET", "/api/pictures");
    h.origin = NULL;
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        h.host = own[i];
        assert_int_equal(status_of(h), 0);
    }
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        h.host = foreign[i];
        if (status_of(h) != 403)
            fail_msg("Host: %s", foreign[i]);
    }
    h.host = NULL;
    assert_int_equal(status_of(h), 403);
}

static void the_host_that_was_asked_for_is_own(void **state)
{
    (void)state;
    WebSite s = site;
    WebHead h = good("GET", "/api/pictures");
    h.origin = NULL;
    s.host = "gpu-box";
    h.host = "gpu-box:8377";
    assert_int_equal(status_at(&s, h), 0);
    h.host = "gpu-box2:8377";
    assert_int_equal(status_at(&s, h), 403);
    s.host = "fd00::7";
    h.host = "[fd00::7]:8377";
    assert_int_equal(status_at(&s, h), 0);
    h.host = "fd00::7:8377";
    assert_int_equal(status_at(&s, h), 403);
    /* At all addresses: whatever is an address, but no name that somebody else may have made. */
    s.host = "0.0.0.0";
    static const char *const addresses[] = { "192.168.0.1:8377", "[fd00::7]:8377", "localhost:8377" };
    for (size_t i = 0; i < 3; i++) {
        h.host = addresses[i];
        assert_int_equal(status_at(&s, h), 0);
    }
    static const char *const names[] = { "evil.example:8377", "1.2.3.4.evil.example:8377", "[fd00::zz]:8377",
                                         "[]:8377", "1.2.3:8377" };
    for (size_t i = 0; i < 5; i++) {
        h.host = names[i];
        assert_int_equal(status_at(&s, h), 403);
    }
    s.port = 80;
    h.host = "localhost";
    assert_int_equal(status_at(&s, h), 0);
}

static void other_peoples_pages_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *method, *origin, *site;
        int status;
    } cases[] = {
        { "GET", NULL, NULL, 0 },
        { "GET", NULL, "none", 0 },
        { "GET", NULL, "same-origin", 0 },
        { "GET", NULL, "same-site", 403 },
        { "GET", NULL, "cross-site", 403 },
        { "GET", "http://127.0.0.1:8377", "same-origin", 0 },
        { "GET", "http://127.0.0.1:8378", NULL, 403 },
        { "GET", "null", NULL, 403 },
        { "POST", NULL, NULL, 403 },
        { "POST", NULL, "none", 403 },
        { "POST", NULL, "cross-site", 403 },
        { "POST", NULL, "same-site", 403 },
        { "POST", NULL, "same-origin", 0 },
        { "POST", "http://127.0.0.1:8377", NULL, 0 },
        { "POST", "http://127.0.0.1:8377", "same-origin", 0 },
        { "POST", "http://127.0.0.1:8377", "cross-site", 403 },
        { "POST", "http://evil.example", "same-origin", 403 },
        { "POST", "https://127.0.0.1:8377", NULL, 403 },
        { "POST", "http://localhost:8377", NULL, 403 }, /* another origin than the Host's */
        { "POST", "http://127.0.0.1:8377/", NULL, 403 },
        { "POST", "http://127.0.0.1:8377.evil.example", NULL, 403 },
        { "POST", "http://127.0.0.1", NULL, 403 },
        { "POST", "null", NULL, 403 },
        { "POST", "", NULL, 403 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        WebHead h = good(cases[i].method, "/api/picture/1");
        h.origin = cases[i].origin;
        h.sec_fetch_site = cases[i].site;
        if (status_of(h) != cases[i].status)
            fail_msg("case %zu: %d, not %d", i, status_of(h), cases[i].status);
    }
    WebHead h = good("GET", "/api/pictures");
    h.repeated = true;
    assert_int_equal(status_of(h), 400);
}

/* A page of the program, whichever there is: the labeler's, the studio's; NULL while there is none. */
static const char *some_page(void)
{
    for (const WebFile *f = web_files; f->name; f++)
        if (strstr(f->name, ".html"))
            return f->name;
    return NULL;
}

static void the_token_leaves_the_address_and_becomes_a_cookie(void **state)
{
    (void)state;
    WebSite s = site;
    s.page = some_page();
    if (!s.page)
        skip();
    WebHead h = good("GET", "/?token=" TOKEN);
    h.origin = h.token = NULL;
    WebRequest r;
    WebAnswer a = { 0 };
    assert_null(web_site_admit(&s, &h, &r, &a));
    assert_int_equal(a.status, 303);
    assert_string_equal(a.location, "/");
    assert_string_equal(a.cookie, "facet-8377=" TOKEN "; Path=/; HttpOnly; SameSite=Strict");
    web_request_clear(&r);
    web_answer_clear(&a);

    h.target = "/?a=1&token=" TOKEN "&b=%22";
    assert_null(web_site_admit(&s, &h, &r, &a));
    assert_string_equal(a.location, "/?a=1&b=%22");
    web_request_clear(&r);
    web_answer_clear(&a);

    /* By a link on a page of another site, a redirect would come without the cookie. */
    h.target = "/?a=\"><script>&%74oken=" TOKEN; /* the name as a browser may write it, too */
    h.sec_fetch_site = "cross-site";
    assert_null(web_site_admit(&s, &h, &r, &a));
    assert_int_equal(a.status, 200);
    assert_null(a.location);
    assert_non_null(a.cookie);
    char *page = strndup(a.bytes, a.size);
    assert_non_null(strstr(page, "content=\"0;url=/?a=%22%3E%3Cscript%3E\">"));
    assert_null(strstr(page, TOKEN));
    free(page);
    web_request_clear(&r);
    web_answer_clear(&a);

    h.target = "/?token=0123456789abcdefghijklmnopqrstu_";
    assert_int_equal(status_at(&s, h), 401);
}

static void an_embedded_file_is_sent_once(void **state)
{
    (void)state;
    WebHead h = good("GET", "/base.css");
    WebRequest r;
    WebAnswer a = { 0 };
    assert_null(web_site_admit(&site, &h, &r, &a));
    assert_int_equal(a.status, 200);
    assert_string_equal(a.type, "text/css; charset=utf-8");
    char path[512], etag[100];
    snprintf(path, sizeof path, "%s/src/web/static/base.css", getenv("FACET_SOURCE"));
    char *source = temp_read(path);
    assert_int_equal(a.size, strlen(source));
    assert_memory_equal(a.bytes, source, a.size);
    free(source);
    snprintf(etag, sizeof etag, "\"other\", W/\"%s\"", a.etag);
    web_request_clear(&r);
    web_answer_clear(&a);
    h.if_none_match = etag;
    assert_int_equal(status_of(h), 304);
    h.if_none_match = "\"other\"";
    assert_int_equal(status_of(h), 200);
    h.if_none_match = "\"";
    assert_int_equal(status_of(h), 200);
    h.if_none_match = "*";
    assert_int_equal(status_of(h), 304);
}

static void every_embedded_file_has_a_type(void **state)
{
    (void)state;
    for (const WebFile *f = web_files; f->name; f++) {
        assert_true(web_name_ok(f->name, strlen(f->name)));
        assert_string_not_equal(web_file_type(f->name), "application/octet-stream");
        for (const WebFile *g = web_files; g < f; g++)
            assert_string_not_equal(f->name, g->name);
    }
}

static void numbers_of_a_query_have_limits(void **state)
{
    (void)state;
    static const struct {
        const char *target;
        int status;
        long value;
    } cases[] = {
        { "/?", 0, 7 },        { "/?n=3", 0, 3 },      { "/?n=-5", 0, -5 },
        { "/?n=-6", 400, 0 },  { "/?n=101", 400, 0 },  { "/?n=", 400, 0 },
        { "/?n=-", 400, 0 },   { "/?n=1.0", 400, 0 },  { "/?n=+3", 400, 0 },
        { "/?n=1e1", 400, 0 }, { "/?n=%203", 400, 0 }, { "/?n=99999999999999999999", 400, 0 },
        { "/?n=007", 0, 7 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        WebRequest r = { 0 };
        WebAnswer a = { 0 };
        char *path;
        long n;
        assert_true(web_target_parse(&r, cases[i].target, &path, &a));
        assert_true(web_query_number(&r, "n", -5, 100, 7, &n, &a) == (cases[i].status == 0));
        assert_int_equal(a.status, cases[i].status);
        if (!a.status)
            assert_int_equal(n, cases[i].value);
        web_request_clear(&r);
        web_answer_clear(&a);
    }
}

static int json_status(const char *type, const char *body, size_t size)
{
    WebRequest r = { .content_type = type, .body = (const uint8_t *)body, .body_size = size };
    WebAnswer a = { 0 };
    json_t *v = web_request_json(&r, &a);
    int status = a.status;
    assert_true((v != NULL) == (status == 0));
    json_decref(v);
    web_answer_clear(&a);
    return status;
}

static void a_body_is_a_json_object_or_refused(void **state)
{
    (void)state;
    static const char *const good_types[] = { "application/json", "application/json; charset=utf-8",
                                              "Application/JSON" };
    static const char *const bad_types[] = { "", "text/plain", "application/jsonx",
                                             "application/x-www-form-urlencoded", "application" };
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(json_status(good_types[i], "{\"a\":1}", 7), 0);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(json_status(bad_types[i], "{\"a\":1}", 7), 415);
    static const char *const bad[] = { "",
                                       "[]",
                                       "1",
                                       "null",
                                       "{",
                                       "{\"a\":1}x",
                                       "{\"a\":1,\"a\":2}",
                                       "{\"a\":\"\\u0000\"}",
                                       "{\"a\":\"\xff\"}",
                                       "{a:1}" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(json_status("application/json", bad[i], strlen(bad[i])), 400);
    assert_int_equal(json_status("application/json", NULL, 0), 400);
    char *deep = malloc(200001);
    memset(deep, '[', 200000);
    assert_int_equal(json_status("application/json", deep, 200000), 400);
    free(deep);
}

static void errors_keep_their_kind(void **state)
{
    (void)state;
    static const struct {
        ErrKind kind;
        int status;
    } cases[] = {
        { ERR_INPUT, 400 }, { ERR_MISSING, 404 }, { ERR_STATE, 409 }, { ERR_IO, 500 }, { ERR_CANCELLED, 503 }
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        WebAnswer a = { 0 };
        Err err = { 0 };
        err_set(&err, cases[i].kind, "the \"mug\" is\n gone");
        web_answer_err(&a, &err);
        assert_int_equal(a.status, cases[i].status);
        assert_memory_equal(a.bytes, "{\"error\":\"the \\\"mug\\\" is\\n gone\"}", a.size);
        web_answer_clear(&a);
    }
    WebAnswer a = { 0 };
    web_answer_error(&a, 404, "no %s", "\xff\xfe.png"); /* a file's name need not be UTF-8 */
    assert_int_equal(a.status, 404);
    assert_memory_equal(a.bytes, "{\"error\":", 9);
    web_answer_clear(&a);
}

static int closed;
static void count_close(void *user)
{
    (void)user;
    closed++;
}

static void a_later_answer_replaces_an_earlier_one(void **state)
{
    (void)state;
    WebAnswer a = { 0 };
    web_answer_stream(&a, (WebStream){ .close = count_close });
    web_answer_bytes(&a, "image/png", malloc(10), 10);
    assert_int_equal(closed, 1);
    web_answer_file(&a, "image/png", open("/dev/null", 0));
    assert_int_equal(a.status, 404); /* no regular file */
    web_answer_none(&a);
    assert_int_equal(a.status, 204);
    assert_int_equal(a.size, 0);
    web_answer_clear(&a);
}

static void events_are_framed_whatever_they_say(void **state)
{
    (void)state;
    Str s = { 0 };
    web_event(&s, "note", "one\ntwo\r\nthree\rfour\n");
    web_event(&s, "empty", "");
    assert_string_equal(str_text(&s), "event: note\ndata: one\ndata: two\ndata: three\ndata: four\ndata: \n\n"
                                      "event: empty\ndata: \n\n");
    str_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_route_gets_what_its_path_leaves_open),
        cmocka_unit_test(paths_outside_the_table_lead_nowhere),
        cmocka_unit_test(a_target_that_is_none_is_refused),
        cmocka_unit_test(methods_are_those_of_the_table),
        cmocka_unit_test(only_who_has_the_token_is_let_in),
        cmocka_unit_test(tokens_differ_from_start_to_start),
        cmocka_unit_test(foreign_host_names_are_refused),
        cmocka_unit_test(the_host_that_was_asked_for_is_own),
        cmocka_unit_test(other_peoples_pages_are_refused),
        cmocka_unit_test(the_token_leaves_the_address_and_becomes_a_cookie),
        cmocka_unit_test(an_embedded_file_is_sent_once),
        cmocka_unit_test(every_embedded_file_has_a_type),
        cmocka_unit_test(numbers_of_a_query_have_limits),
        cmocka_unit_test(a_body_is_a_json_object_or_refused),
        cmocka_unit_test(errors_keep_their_kind),
        cmocka_unit_test(a_later_answer_replaces_an_earlier_one),
        cmocka_unit_test(events_are_framed_whatever_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
