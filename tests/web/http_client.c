#include "http_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

int client_connect(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timeval limit = { .tv_sec = 10 };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (connect(fd, (struct sockaddr *)&at, sizeof at) != 0)
        fail_msg("cannot connect to port %d", port);
    return fd;
}

bool client_send_n(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t done = send(fd, bytes, n, MSG_NOSIGNAL);
        if (done <= 0)
            return false;
        bytes += done;
        n -= (size_t)done;
    }
    return true;
}

bool client_send(int fd, const char *text)
{
    return client_send_n(fd, text, strlen(text));
}

/* Read byte by byte up to the empty line, so that nothing of the next answer is taken. */
static char *read_head(int fd)
{
    char *head = calloc(1, 65536);
    for (size_t n = 0; n < 65535; n++) {
        if (recv(fd, head + n, 1, 0) != 1)
            break;
        if (n >= 3 && memcmp(head + n - 3, "\r\n\r\n", 4) == 0)
            return head;
    }
    free(head);
    return NULL;
}

const char *reply_header(const Reply *r, const char *name)
{
    static char value[2048];
    size_t n = strlen(name);
    value[0] = 0;
    for (const char *line = r->head; line && *line;
         line = strstr(line, "\r\n") ? strstr(line, "\r\n") + 2 : NULL)
        if (strncasecmp(line, name, n) == 0 && line[n] == ':')
            snprintf(value, sizeof value, "%.*s", (int)strcspn(line + n + 2, "\r"), line + n + 2);
    return value;
}

Reply client_receive(int fd)
{
    Reply r = { .head = read_head(fd) };
    if (!r.head || sscanf(r.head, "HTTP/1.%*d %d", &r.status) != 1)
        return r;
    size_t size = strtoul(reply_header(&r, "Content-Length"), NULL, 10);
    if (r.status == 304 || r.status == 204)
        size = 0;
    r.body = calloc(1, size + 1);
    while (r.size < size) {
        ssize_t n = recv(fd, r.body + r.size, size - r.size, 0);
        if (n <= 0) {
            r.status = 0;
            break;
        }
        r.size += (size_t)n;
    }
    return r;
}

bool client_await(int fd, const char *text)
{
    char seen[65536];
    size_t n = 0;
    while (n < sizeof seen - 1) {
        if (recv(fd, seen + n, 1, 0) != 1)
            return false;
        seen[++n] = 0;
        if (n >= strlen(text) && strcmp(seen + n - strlen(text), text) == 0)
            return true;
    }
    return false;
}

Reply client_ask(int port, const char *request)
{
    int fd = client_connect(port);
    client_send(fd, request);
    Reply r = client_receive(fd);
    close(fd);
    return r;
}

void reply_clear(Reply *r)
{
    free(r->head);
    free(r->body);
    *r = (Reply){ 0 };
}
