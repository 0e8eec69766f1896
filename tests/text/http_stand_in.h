/* tests/text/http_stand_in.h: an HTTP server on this machine that answers by a script, well or badly. */
#ifndef FACET_TESTS_HTTP_STAND_IN_H
#define FACET_TESTS_HTTP_STAND_IN_H

#include <stddef.h>

/* What happens after the last byte that a reply has. */
typedef enum {
    THEN_END,    /* the answer ends as it should, and the connection stays for the next request */
    THEN_CUT,    /* the connection is closed in the middle of the answer */
    THEN_STALL,  /* nothing more comes until the client goes away */
    THEN_REPEAT, /* the body comes again and again until the client goes away */
} StandInEnd;

/* One answer. Texts are borrowed until stand_in_stop(). */
typedef struct {
    int status;       /* 0: 200 */
    const char *body; /* NULL: empty */
    const char *raw;  /* sent in place of the head and the body, if there is one */
    size_t piece;     /* bytes a chunk; 0: all in one */
    int head_pause_ms, piece_pause_ms;
    StandInEnd end;
} StandInReply;

typedef struct StandIn StandIn;

/* Listen on a free port of 127.0.0.1 and answer the n-th request by the n-th reply; requests beyond the
 * script get status 599. The replies are copied. Fails the test when it cannot. */
StandIn *stand_in_start(const StandInReply *script, size_t count);
/* Whatever is going on is given up. */
void stand_in_stop(StandIn *s);

/* "http://127.0.0.1:PORT". Borrowed. */
const char *stand_in_url(const StandIn *s);

/* How many requests came, and the i-th of them as "POST /path" and its body. Borrowed. */
size_t stand_in_requests(StandIn *s);
const char *stand_in_what(StandIn *s, size_t i);
const char *stand_in_body(StandIn *s, size_t i);

/* "http://127.0.0.1:PORT" of a port on which nobody listens. */
const char *stand_in_nobody(char url[64]);

#endif
