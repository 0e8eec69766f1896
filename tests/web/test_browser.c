/* Opening a page, with programs that stand in for browsers. */
#include "temp.h"

#include "web/browser.h"

#include <sys/stat.h>
#include <time.h>

#define ADDRESS "http://127.0.0.1:1/?token=a b$(touch hit);'\"&x=1"

/* A program that writes what it is started with to "NAME.out". */
static void put_program(void **state, const char *name)
{
    char script[1400];
    const char *path = temp_path(state, name);
    snprintf(script, sizeof script,
             "#!/bin/sh\nprintf '%%s\\n' $# \"$@\" >'%s.tmp' && mv '%s.tmp' '%s.out'\n", path, path, path);
    temp_write(path, script);
    assert_int_equal(chmod(path, 0755), 0);
}

/* It was started, and once, with the address as one argument. */
static void assert_started(void **state, const char *name)
{
    char out[600];
    snprintf(out, sizeof out, "%s.out", temp_path(state, name));
    for (int i = 0; i < 500 && !path_exists(out); i++)
        nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
    char *text = temp_read(out);
    assert_string_equal(text, "1\n" ADDRESS "\n");
    free(text);
    assert_int_equal(remove(out), 0);
}

static void set_path(void **state)
{
    char path[600];
    snprintf(path, sizeof path, "%s:/usr/bin:/bin", ((Temp *)*state)->path);
    setenv("PATH", path, 1);
}

static void nothing_is_started_without_a_screen(void **state)
{
    put_program(state, "xdg-open");
    set_path(state);
    unsetenv("DISPLAY");
    unsetenv("WAYLAND_DISPLAY");
    assert_false(browser_open(ADDRESS));
    setenv("DISPLAY", "", 1);
    assert_false(browser_open(ADDRESS));
    assert_false(path_exists(temp_path(state, "xdg-open.out")));
}

static void the_address_reaches_the_browser_as_it_is(void **state)
{
    put_program(state, "xdg-open");
    put_program(state, "firebird");
    set_path(state);
    unsetenv("BROWSER");
    unsetenv("DISPLAY");
    setenv("WAYLAND_DISPLAY", "wayland-0", 1);
    assert_true(browser_open(ADDRESS));
    assert_started(state, "xdg-open");
    setenv("DISPLAY", ":0", 1);
    static const char *const choices[] = { "firebird", "no-such-browser:firebird", "firebird %s:firebird",
                                           ":firebird:xdg-open" };
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        setenv("BROWSER", choices[i], 1);
        assert_true(browser_open(ADDRESS));
        assert_started(state, "firebird");
    }
    setenv("BROWSER", temp_path(state, "firebird"), 1);
    assert_true(browser_open(ADDRESS));
    assert_started(state, "firebird");
    setenv("BROWSER", "no-such-browser", 1);
    assert_true(browser_open(ADDRESS));
    assert_started(state, "xdg-open");
}

static void where_there_is_none_it_says_so(void **state)
{
    setenv("DISPLAY", ":0", 1);
    unsetenv("BROWSER");
    setenv("PATH", ((Temp *)*state)->path, 1);
    assert_false(browser_open(ADDRESS));
    setenv("BROWSER", "/no/such/browser", 1);
    assert_false(browser_open(ADDRESS));
    unsetenv("PATH");
    assert_false(browser_open(ADDRESS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        temp_test(nothing_is_started_without_a_screen),
        temp_test(the_address_reaches_the_browser_as_it_is),
        temp_test(where_there_is_none_it_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
