/* web/streams.h: server-sent events on connections that otherwise sleep. */
#ifndef FACET_WEB_STREAMS_H
#define FACET_WEB_STREAMS_H

#include "web/answer.h"

#include <microhttpd.h>

typedef struct Streams Streams;

/* Starts the thread that calls next(). NULL when that cannot be. */
Streams *streams_open(int max_streams);
/* A response that sends what `stream` tells on this connection; takes the stream unless the result is NULL, which means that
 * as many as allowed are open. */
struct MHD_Response *streams_response(Streams *s, WebStream stream, struct MHD_Connection *connection);
/* Call every next() soon. */
void streams_wake(Streams *s);
/* End all streams, and every later one at once. None waits on its connection afterwards. */
void streams_end(Streams *s);
/* After the server has given all responses back. NULL is fine. */
void streams_close(Streams *s);

#endif
