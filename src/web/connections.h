/* web/connections.h: who is connected, for how long, and when that is too long. */
#ifndef FACET_WEB_CONNECTIONS_H
#define FACET_WEB_CONNECTIONS_H

#include <stdbool.h>

typedef struct Connections Connections;

/* One client's connection. Fields are the thread's that serves it. */
typedef struct Connection Connection;
struct Connection {
    Connections *owner;
    Connection *next, *prev;
    int socket;
    double deadline_ms; /* of clock_ms(); under the owner's lock */
    bool surplus;       /* more are open than allowed: one refusal and good-bye */
    char *target;       /* of the request that is being read */
};

/* Starts the thread that looks at deadlines. NULL when that cannot be. */
Connections *connections_open(int max);
/* NULL: no memory. */
Connection *connection_add(Connections *c, int socket, double deadline_ms);
/* Cut the connection if it still exists then: a client that sends its request a byte a minute, or does not take the answer.
 * HUGE_VAL: never. */
void connection_deadline(Connection *k, double deadline_ms);
/* Before its socket is closed. NULL is fine. */
void connection_remove(Connection *k);
/* After all are removed. NULL is fine. */
void connections_close(Connections *c);

#endif
