/* tests/web/http_client.h: requests byte by byte, as a browser would not send them. */
#ifndef FACET_TESTS_WEB_HTTP_CLIENT_H
#define FACET_TESTS_WEB_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

/* A connection to 127.0.0.1 whose reads give up after ten seconds. Fails the test when there is none. */
int client_connect(int port);
/* Send all of it. False when the other side is gone. */
bool client_send(int fd, const char *text);
bool client_send_n(int fd, const char *bytes, size_t n);

typedef struct {
    int status;  /* 0: the connection ended before an answer was whole */
    char *head;  /* with the status line; NULL if there is none */
    char *body;  /* followed by a zero byte */
    size_t size; /* of the body */
} Reply;

/* The next answer on this connection, whose body has a Content-Length or none (HEAD, 204, 304). */
Reply client_receive(int fd);
/* As many bytes as come until `text` is among them; false when the connection ends or ten seconds pass before. */
bool client_await(int fd, const char *text);
/* Connect, send, receive, close. */
Reply client_ask(int port, const char *request);
/* The value of an answer's header, "" when it has none; valid until the next call. */
const char *reply_header(const Reply *r, const char *name);
void reply_clear(Reply *r);

#endif
