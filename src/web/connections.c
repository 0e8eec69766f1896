/* web/connections.c: see the header. A socket is only shut down here, never closed, and only while it is in the list, which
 * its closing leaves first: so no other file's number can be hit. */
#include "web/connections.h"
#include "base/clock.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

struct Connections {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    Connection *first;
    int count, max;
    bool closing;
};

static void *watch(void *arg)
{
    Connections *c = arg;
    pthread_mutex_lock(&c->lock);
    while (!c->closing) {
        double now = clock_ms(), next_ms = HUGE_VAL;
        for (Connection *k = c->first; k; k = k->next) {
            if (now >= k->deadline_ms) {
                shutdown(k->socket, SHUT_RDWR);
                k->deadline_ms = HUGE_VAL;
            }
            next_ms = k->deadline_ms < next_ms ? k->deadline_ms : next_ms;
        }
        /* Deadlines change often and mostly to later, so nobody signals them: look again after a while. */
        if (next_ms > now + 500)
            next_ms = now + 500;
        struct timespec t = { .tv_sec = (time_t)(next_ms / 1e3) };
        t.tv_nsec = (long)((next_ms - (double)t.tv_sec * 1e3) * 1e6);
        if (c->first)
            pthread_cond_timedwait(&c->changed, &c->lock, &t);
        else
            pthread_cond_wait(&c->changed, &c->lock);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

Connections *connections_open(int max)
{
    Connections *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->max = max;
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC); /* as clock_ms() */
    pthread_cond_init(&c->changed, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&c->lock, NULL);
    if (pthread_create(&c->thread, NULL, watch, c) != 0) {
        pthread_mutex_destroy(&c->lock);
        pthread_cond_destroy(&c->changed);
        free(c);
        return NULL;
    }
    return c;
}

Connection *connection_add(Connections *c, int socket, double deadline_ms)
{
    Connection *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    *k = (Connection){ .owner = c, .socket = socket, .deadline_ms = deadline_ms };
    pthread_mutex_lock(&c->lock);
    k->surplus = ++c->count > c->max;
    k->next = c->first;
    if (c->first)
        c->first->prev = k;
    else
        pthread_cond_signal(&c->changed);
    c->first = k;
    pthread_mutex_unlock(&c->lock);
    return k;
}

void connection_deadline(Connection *k, double deadline_ms)
{
    pthread_mutex_lock(&k->owner->lock);
    k->deadline_ms = deadline_ms;
    pthread_mutex_unlock(&k->owner->lock);
}

void connection_remove(Connection *k)
{
    if (!k)
        return;
    Connections *c = k->owner;
    pthread_mutex_lock(&c->lock);
    c->count--;
    if (k->prev)
        k->prev->next = k->next;
    else
        c->first = k->next;
    if (k->next)
        k->next->prev = k->prev;
    pthread_mutex_unlock(&c->lock);
    free(k->target);
    free(k);
}

void connections_close(Connections *c)
{
    if (!c)
        return;
    pthread_mutex_lock(&c->lock);
    c->closing = true;
    pthread_cond_signal(&c->changed);
    pthread_mutex_unlock(&c->lock);
    pthread_join(c->thread, NULL);
    pthread_mutex_destroy(&c->lock);
    pthread_cond_destroy(&c->changed);
    free(c);
}
