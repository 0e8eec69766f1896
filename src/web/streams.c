/* web/streams.c: one thread asks each stream what there is to tell and puts it into the stream's buffer; libmicrohttpd
 * empties the buffer. A connection whose buffer is empty is suspended and costs nothing. A client that does not read keeps its
 * buffer full, is asked no more, and is dropped by the server's timeout. */
#include "web/streams.h"
#include "base/clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    CHUNK_BYTES = 16384,
    MAX_EVENT_BYTES = 4 << 20, /* of one call of next() */
    HEARTBEAT_MS = 5000, /* a comment after so much silence: only who writes notices that a client is gone */
    MIN_PERIOD_MS = 50
};

typedef struct Stream {
    struct Stream *next;
    Streams *owner;
    WebStream source;
    struct MHD_Connection *connection;
    Str buffer;
    size_t sent;    /* bytes of the buffer */
    bool suspended; /* the connection waits for us */
    bool ended;     /* nothing comes after the buffer */
    bool gone;      /* libmicrohttpd has let go of it */
    double due_ms;  /* when to ask */
    double told_ms; /* when something was last put into the buffer */
} Stream;

struct Streams {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    Stream *first;
    int count, max;
    bool woken; /* ask all, whether due or not */
    bool news;  /* look again before sleeping */
    bool ending, closing;
};

/* libmicrohttpd wants up to `max` bytes. */
static ssize_t read_events(void *cls, uint64_t pos, char *out, size_t max)
{
    Stream *t = cls;
    (void)pos;
    pthread_mutex_lock(&t->owner->lock);
    size_t n = t->buffer.len - t->sent;
    ssize_t result;
    if (n > 0) {
        n = n < max ? n : max;
        memcpy(out, t->buffer.s + t->sent, n);
        t->sent += n;
        if (t->sent == t->buffer.len) {
            str_reset(&t->buffer);
            t->sent = 0;
        }
        result = (ssize_t)n;
    } else if (t->ended) {
        result = MHD_CONTENT_READER_END_OF_STREAM;
    } else {
        t->suspended = true;
        MHD_suspend_connection(t->connection);
        result = 0;
    }
    pthread_mutex_unlock(&t->owner->lock);
    return result;
}

static void let_go(void *cls)
{
    Stream *t = cls;
    Streams *s = t->owner;
    pthread_mutex_lock(&s->lock);
    t->gone = s->news = true;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static void stream_free(Stream *t)
{
    if (t->source.close)
        t->source.close(t->source.user);
    str_clear(&t->buffer);
    free(t);
}

/* Ask a stream, with the lock held; it is not held while next() runs. */
static void ask(Streams *s, Stream *t, double now)
{
    Str news = { 0 };
    pthread_mutex_unlock(&s->lock);
    bool more = t->source.next(t->source.user, &news);
    pthread_mutex_lock(&s->lock);
    if (news.len > 0 && !news.failed && news.len <= MAX_EVENT_BYTES)
        str_add_n(&t->buffer, news.s, news.len);
    else if (more && !news.failed && now - t->told_ms >= HEARTBEAT_MS)
        str_add(&t->buffer, ":\n\n");
    if (t->buffer.len > 0)
        t->told_ms = now;
    if (!more || news.failed || t->buffer.failed || news.len > MAX_EVENT_BYTES)
        t->ended = true;
    int period = t->source.period_ms > MIN_PERIOD_MS ? t->source.period_ms : MIN_PERIOD_MS;
    t->due_ms = now + period;
    str_clear(&news);
}

/* Free the streams that are over. With the lock held, except while one is closed. */
static void sweep(Streams *s)
{
    for (Stream **at = &s->first; *at;) {
        Stream *t = *at;
        if (!t->gone) {
            at = &t->next;
            continue;
        }
        *at = t->next;
        s->count--;
        pthread_mutex_unlock(&s->lock);
        stream_free(t);
        pthread_mutex_lock(&s->lock);
        at = &s->first; /* the list may have grown at its head */
    }
}

/* One look at all streams; the time of the next one. Only this thread removes from the list. */
static double look(Streams *s)
{
    double now = clock_ms(), next_ms = now + 60000;
    bool woken = s->woken;
    s->woken = false;
    for (Stream *t = s->first; t; t = t->next) {
        if (s->ending)
            t->ended = true;
        else if (!t->gone && !t->ended && t->buffer.len == 0 && (woken || now >= t->due_ms))
            ask(s, t, now);
        if (t->suspended && (t->buffer.len > 0 || t->ended)) {
            t->suspended = false;
            MHD_resume_connection(t->connection);
        }
        /* Not asked because the client lags: look again soon. */
        double due = t->due_ms > now ? t->due_ms : now + MIN_PERIOD_MS;
        if (!t->gone && !t->ended && due < next_ms)
            next_ms = due;
    }
    return next_ms;
}

static void wait_until(Streams *s, double when_ms)
{
    struct timespec t = { .tv_sec = (time_t)(when_ms / 1e3) };
    t.tv_nsec = (long)((when_ms - (double)t.tv_sec * 1e3) * 1e6);
    pthread_cond_timedwait(&s->changed, &s->lock, &t);
}

static void *tell(void *arg)
{
    Streams *s = arg;
    pthread_mutex_lock(&s->lock);
    while (!s->closing) {
        s->news = false;
        sweep(s);
        double next_ms = look(s);
        if (!s->woken && !s->news && !s->closing)
            wait_until(s, next_ms);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

Streams *streams_open(int max_streams)
{
    Streams *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->max = max_streams;
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC); /* as clock_ms() */
    pthread_cond_init(&s->changed, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&s->lock, NULL);
    if (pthread_create(&s->thread, NULL, tell, s) != 0) {
        pthread_mutex_destroy(&s->lock);
        pthread_cond_destroy(&s->changed);
        free(s);
        return NULL;
    }
    return s;
}

struct MHD_Response *streams_response(Streams *s, WebStream stream, struct MHD_Connection *connection)
{
    Stream *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    *t = (Stream){ .owner = s, .source = stream, .connection = connection, .told_ms = clock_ms() };
    pthread_mutex_lock(&s->lock);
    bool full = s->count >= s->max;
    if (!full) {
        s->count++;
        t->next = s->first;
        s->first = t;
    }
    pthread_mutex_unlock(&s->lock);
    if (full) {
        free(t);
        return NULL;
    }
    struct MHD_Response *r =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, CHUNK_BYTES, read_events, t, let_go);
    pthread_mutex_lock(&s->lock);
    if (!r) {
        t->source.close = NULL; /* stays the caller's */
        t->gone = true;
    }
    s->news = true;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
    return r;
}

void streams_wake(Streams *s)
{
    pthread_mutex_lock(&s->lock);
    s->woken = true;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

void streams_end(Streams *s)
{
    pthread_mutex_lock(&s->lock);
    s->ending = s->woken = true;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

void streams_close(Streams *s)
{
    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    s->closing = true;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
    for (Stream *t = s->first, *next; t; t = next) {
        next = t->next;
        stream_free(t);
    }
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->changed);
    free(s);
}
