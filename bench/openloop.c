/* An open-loop HTTP/1.1 client for latency: requests leave on a schedule, whatever becomes of those before them.
 *
 * A closed loop (send, wait, send) stops asking while the server stands still, and so hides what visitors would have
 * waited ("coordinated omission"). Here every request has its scheduled time, and its latency counts from that, also
 * while it waits for a free connection. Arrivals are a Poisson process: visitors do not know of one another. With
 * -r 0 it is a closed loop, for finding out what a server can do.
 *
 * One thread, one request outstanding a connection; the requests of the file are sent in order, round and round. How
 * late the client was itself is measured too ("late"): from when a request was due and a connection free until it was
 * written. With -S it never sleeps and wants a core of its own. With -N it naps 100 us at a time, at real-time priority
 * where it may: for a core that others need too, since a sleep of the exact length for each request costs a virtual
 * machine more than the requests do. Latencies are up to 200 us longer then: to the next look before, and after.
 *
 * What is still unanswered at the end counts with the time it has waited so far, in the histogram and as
 * "unanswered". Answers with another status are errors and not in the histogram.
 *
 * Prints one JSON object; exits with 0, or with 2 and a line on stderr where it cannot measure. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "histogram.h"

#define BUFFER 16384           /* bytes of one answer at most */
#define GRACE_NS 2000000000ull /* wait for the last answers; whoever needs longer is counted as unanswered */
#define SLOT_NS 10000000ull    /* the time line: the longest latency of each 10 ms of the schedule */
#define NAP_NS 100000
#define EVENTS 256

typedef struct {
    int fd;
    int busy;
    uint64_t scheduled;
    size_t filled;
    char buffer[BUFFER];
} Connection;

typedef struct {
    const char *data;
    size_t size;
} Request;

static const char *host = "127.0.0.1", *file;
static int port, connections = 128, seconds_ms = 5000, warm_up_ms = 500, expected = 301, naps, spin;
static double rate;
static uint64_t seed = 1;

static Connection *conns;
static Connection **idle; /* a ring: all connections take turns */
static size_t idle_first, idle_count;
static uint64_t idle_since; /* when the ring was last empty and became otherwise */
static Request *requests;
static size_t request_count, next_request;
static uint64_t *schedule;
static size_t scheduled_count, next_scheduled;
static int epoll;
static uint64_t start, measure_from, stop;

static Histogram latency, late;
static uint64_t sent, answered, wrong_status, unframed, broken, reconnects, unanswered, outstanding;
static uint64_t *slots;
static size_t slot_count;

static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("openloop: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(2);
}

static void *must(void *memory) {
    if (memory == NULL) fail("no memory");
    return memory;
}

static uint64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000ull + (uint64_t)time.tv_nsec;
}

/* xorshift64*: enough for gaps between arrivals, and the same for every contestant. In (0, 1]. */
static double uniform(void) {
    seed ^= seed >> 12, seed ^= seed << 25, seed ^= seed >> 27;
    return ((double)((seed * 2685821657736338717ull) >> 11) + 1) / 9007199254740992.0;
}

/* The file: for each request its length in decimal, a line feed, its bytes. */
static void read_requests(void) {
    FILE *source = fopen(file, "rb");
    if (source == NULL) fail("%s: %s", file, strerror(errno));
    size_t room = 0, length;
    int found;
    while ((found = fscanf(source, "%zu", &length)) == 1) {
        if (fgetc(source) != '\n' || length == 0 || length > BUFFER) fail("%s: not a length in bytes", file);
        char *data = must(malloc(length));
        if (fread(data, 1, length, source) != length) fail("%s: ends within a request", file);
        if (request_count == room) requests = must(realloc(requests, (room = room * 2 + 64) * sizeof *requests));
        requests[request_count++] = (Request){data, length};
    }
    if (found != EOF || request_count == 0) fail("%s: holds no requests", file);
    fclose(source);
}

static void connect_to_server(Connection *connection) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int one = 1;
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1) fail("%s: not an IPv4 address", host);
    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection->fd < 0 || connect(connection->fd, (struct sockaddr *)&address, sizeof address) < 0)
        fail("cannot connect to %s:%d: %s", host, port, strerror(errno));
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, connection->fd, &event) < 0) fail("epoll_ctl: %s", strerror(errno));
    connection->busy = 0;
    connection->filled = 0;
}

static void make_idle(Connection *connection) {
    if (idle_count == 0) idle_since = now_ns();
    idle[(idle_first + idle_count++) % (size_t)connections] = connection;
}

static void note(Connection *connection, uint64_t now) {
    uint64_t took = now - connection->scheduled;
    if (connection->scheduled < measure_from) return;
    histogram_add(&latency, took);
    size_t slot = (connection->scheduled - start) / SLOT_NS;
    if (slot < slot_count && slots[slot] < took) slots[slot] = took;
}

static void reconnect(Connection *connection) {
    close(connection->fd);
    reconnects++;
    if (connection->busy) outstanding--, broken++;
    int was_busy = connection->busy;
    connect_to_server(connection);
    if (was_busy) make_idle(connection);
}

/* The whole answer's size, 0 while it is not whole, -1 where its length is not said. */
static long answer_size(const Connection *connection) {
    const char *end = memmem(connection->buffer, connection->filled, "\r\n\r\n", 4);
    if (end == NULL) return connection->filled < BUFFER ? 0 : -1;
    for (const char *line = connection->buffer; line < end;
         line = (const char *)memmem(line, (size_t)(end + 2 - line), "\r\n", 2) + 2)
        if (strncasecmp(line, "content-length:", 15) == 0) {
            size_t size = (size_t)(end + 4 - connection->buffer) + strtoul(line + 15, NULL, 10);
            return size > BUFFER ? -1 : size <= connection->filled ? (long)size : 0;
        }
    return -1;
}

static void receive(Connection *connection) {
    ssize_t got = recv(connection->fd, connection->buffer + connection->filled, BUFFER - connection->filled, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        reconnect(connection);
        return;
    }
    connection->filled += (size_t)got;
    long size = connection->busy ? answer_size(connection) : -1;
    if (size == 0) return;
    if (size < 0 || (size_t)size != connection->filled) { /* no length, or more than was asked for */
        unframed++;
        reconnect(connection);
        return;
    }
    uint64_t now = now_ns();
    if (connection->filled < 12 || atoi(connection->buffer + 9) != expected) wrong_status++;
    else answered += connection->scheduled >= measure_from, note(connection, now);
    outstanding--;
    connection->busy = 0;
    connection->filled = 0;
    make_idle(connection);
}

static void send_one(uint64_t due) {
    Connection *connection = idle[idle_first];
    const Request *request = &requests[next_request];
    next_request = (next_request + 1) % request_count;
    idle_first = (idle_first + 1) % (size_t)connections;
    idle_count--;
    connection->scheduled = due;
    connection->busy = 1;
    outstanding++;
    uint64_t could = due > idle_since ? due : idle_since, now = now_ns();
    if (due >= measure_from) histogram_add(&late, now > could ? now - could : 0), sent++;
    ssize_t wrote = send(connection->fd, request->data, request->size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (wrote < 0 && (errno == EPIPE || errno == ECONNRESET)) return; /* its end is about to be read */
    if (wrote != (ssize_t)request->size) fail("a request could not be written whole: %s", strerror(errno));
}

/* Whether anything is left to do. Sends what is due; `wait_until` is when the next one is. */
static int send_due(uint64_t now, uint64_t *wait_until) {
    *wait_until = stop;
    if (rate <= 0) {
        while (idle_count > 0 && now < stop - GRACE_NS) send_one(now = now_ns());
        return now < stop - GRACE_NS || outstanding > 0;
    }
    while (next_scheduled < scheduled_count && schedule[next_scheduled] <= now && idle_count > 0)
        send_one(schedule[next_scheduled++]);
    if (next_scheduled < scheduled_count && idle_count > 0) *wait_until = schedule[next_scheduled];
    return next_scheduled < scheduled_count || outstanding > 0;
}

static void measure(void) {
    struct epoll_event events[EVENTS];
    for (;;) {
        uint64_t now = now_ns(), wait_until;
        if (now >= stop || !send_due(now, &wait_until)) break;
        now = now_ns();
        uint64_t pause = wait_until > now && !spin && !naps ? wait_until - now : 0;
        struct timespec timeout = {(time_t)(pause / 1000000000ull), (long)(pause % 1000000000ull)}, nap = {0, NAP_NS};
        if (naps) clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
        int count = epoll_pwait2(epoll, events, EVENTS, &timeout, NULL);
        if (count < 0 && errno != EINTR) fail("epoll_pwait2: %s", strerror(errno));
        for (int n = 0; n < count; n++) receive(events[n].data.ptr);
    }
    uint64_t end = now_ns();
    for (int n = 0; n < connections; n++)
        if (conns[n].busy) unanswered += conns[n].scheduled >= measure_from, note(&conns[n], end);
    for (; next_scheduled < scheduled_count; next_scheduled++) { /* never even sent */
        Connection unsent = {.scheduled = schedule[next_scheduled]};
        unanswered += unsent.scheduled >= measure_from, note(&unsent, end);
    }
}

static void plan(void) {
    uint64_t measured = (uint64_t)seconds_ms * 1000000ull, warm_up = (uint64_t)warm_up_ms * 1000000ull;
    double length = (double)(measured + warm_up), at = 0;
    size_t room = (size_t)(rate * length / 1e9 * 1.5) + 1000;
    schedule = must(malloc(room * sizeof *schedule));
    while (rate > 0 && scheduled_count < room && (at += -log(uniform()) / rate * 1e9) < length)
        schedule[scheduled_count++] = (uint64_t)at;
    slot_count = (size_t)(length / SLOT_NS) + 1;
    slots = must(calloc(slot_count, sizeof *slots));
    start = now_ns();
    measure_from = start + warm_up;
    stop = measure_from + measured + GRACE_NS;
    for (size_t n = 0; n < scheduled_count; n++) schedule[n] += start;
}

static void prepare(void) {
    struct sched_param priority = {.sched_priority = 1};
    prctl(PR_SET_TIMERSLACK, 1ul); /* sleep as exactly as the kernel can, instead of to within 50 us */
    if (naps && sched_setscheduler(0, SCHED_FIFO, &priority) < 0) fputs("openloop: no real-time priority\n", stderr);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    conns = must(calloc((size_t)connections, sizeof *conns));
    idle = must(calloc((size_t)connections, sizeof *idle));
    for (int n = 0; n < connections; n++) connect_to_server(&conns[n]), make_idle(&conns[n]);
}

static void report(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    printf("{\"sent\": %lu, \"answered\": %lu, \"wrong_status\": %lu, \"unframed\": %lu, \"broken\": %lu, ", sent,
           answered, wrong_status, unframed, broken);
    printf("\"unanswered\": %lu, \"reconnects\": %lu, \"seconds\": %.3f, \"wanted_rate\": %.1f, \"rate\": %.1f, ", unanswered,
           reconnects, seconds_ms / 1e3, rate, (double)answered / (seconds_ms / 1e3));
    printf("\"cpu_s\": %.3f, \"start_ns\": %lu, \"slot_ns\": %llu,\n", cpu, start, SLOT_NS);
    histogram_print("latency", &latency);
    histogram_print("late", &late);
    printf(" \"slots\": [");
    for (size_t n = 0; n < slot_count; n++) printf("%s%lu", n ? ", " : "", slots[n]);
    printf("]}\n");
}

static int number(const char *text, int least) {
    char *end;
    long value = strtol(text, &end, 10);
    if (*end != 0 || end == text || value < least || value > 1000000000) fail("%s: not a number from %d on", text, least);
    return (int)value;
}

int main(int count, char **arguments) {
    int option;
    while ((option = getopt(count, arguments, "h:p:f:c:r:d:w:e:s:NS")) != -1) switch (option) {
        case 'h': host = optarg; break;
        case 'p': port = number(optarg, 1); break;
        case 'f': file = optarg; break;
        case 'c': connections = number(optarg, 1); break;
        case 'r': rate = number(optarg, 0); break;
        case 'd': seconds_ms = number(optarg, 1); break;
        case 'w': warm_up_ms = number(optarg, 0); break;
        case 'e': expected = number(optarg, 100); break;
        case 's': seed = (uint64_t)number(optarg, 1); break;
        case 'N': naps = 1; break;
        case 'S': spin = 1; break;
        default: fail("openloop -p port -f requests [-h address] [-c connections] [-r requests a second, 0: closed "
                      "loop] [-d ms] [-w warm-up ms] [-e status] [-s seed] [-N: nap] [-S: never sleep]");
        }
    if (port == 0 || file == NULL) fail("-p and -f are needed");
    read_requests();
    prepare();
    plan();
    measure();
    report();
    return 0;
}
