/* The floor of what a redirect can cost: one thread, epoll, a constant answer to whatever ends with an empty line.
 *
 * It parses nothing, looks nothing up and records nothing. Heads are counted by their CRLF CRLF, across reads and
 * pipelined ones too, and each is answered. What cannot be done ends the connection and is said on stderr. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_BYTES 65536
#define EVENTS 256
#define AT_ONCE 64 /* answers to pipelined requests that are written together */

static const char answer[] =
    "HTTP/1.1 301 Moved Permanently\r\n"
    "Server: floor\r\n"
    "Date: Sat, 21 Nov 2026 00:00:00 GMT\r\n"
    "Location: https://example.com/m/constant\r\n"
    "Cache-Control: private, no-store\r\n"
    "Content-Length: 0\r\n"
    "\r\n";
#define ANSWER_BYTES (sizeof answer - 1)

static char answers[AT_ONCE * ANSWER_BYTES];

typedef struct {
    int fd;
    int matched; /* bytes of CRLF CRLF that have been seen last */
} Connection;

static void check(int result, const char *what) {
    if (result >= 0) return;
    fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* How many heads end within these bytes. */
static size_t ends(Connection *connection, const char *data, size_t size) {
    size_t found = 0;
    int matched = connection->matched;
    if (matched == 0) { /* nearly always: exactly one head, in one read */
        const char *end = memmem(data, size, "\r\n\r\n", 4);
        if (end == data + size - 4) return 1;
    }
    for (size_t n = 0; n < size; n++) {
        if (data[n] == "\r\n\r\n"[matched]) matched++;
        else matched = data[n] == '\r';
        if (matched == 4) found++, matched = 0;
    }
    connection->matched = matched;
    return found;
}

static void drop(Connection *connection) {
    close(connection->fd);
    free(connection);
}

static void serve(Connection *connection) {
    static char data[READ_BYTES];
    ssize_t got = recv(connection->fd, data, sizeof data, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        if (got < 0 && errno != ECONNRESET) fprintf(stderr, "floor: recv: %s\n", strerror(errno));
        drop(connection);
        return;
    }
    for (size_t left = ends(connection, data, (size_t)got), now; left > 0; left -= now) {
        now = left < AT_ONCE ? left : AT_ONCE;
        ssize_t wrote = send(connection->fd, answers, now * ANSWER_BYTES, MSG_NOSIGNAL);
        if (wrote != (ssize_t)(now * ANSWER_BYTES)) {
            fprintf(stderr, "floor: an answer could not be written: %s\n", wrote < 0 ? strerror(errno) : "cut short");
            drop(connection);
            return;
        }
    }
}

static void accept_all(int listener, int epoll) {
    int fd, one = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        Connection *connection = calloc(1, sizeof *connection);
        if (connection == NULL) check(-1, "calloc");
        connection->fd = fd;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
        check(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
    }
    if (errno != EAGAIN && errno != ECONNABORTED) check(-1, "accept");
}

int main(int count, char **arguments) {
    if (count != 2) return fprintf(stderr, "floor PORT\n"), 2;
    for (size_t n = 0; n < AT_ONCE; n++) memcpy(answers + n * ANSWER_BYTES, answer, ANSWER_BYTES);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(arguments[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    check(listener, "socket");
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    check(bind(listener, (struct sockaddr *)&address, sizeof address), "bind");
    check(listen(listener, 4096), "listen");
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    check(epoll, "epoll_create1");
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    check(epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event), "epoll_ctl");
    for (;;) {
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(epoll, events, EVENTS, -1);
        if (ready < 0 && errno == EINTR) continue;
        check(ready, "epoll_wait");
        for (int n = 0; n < ready; n++)
            if (events[n].data.ptr == NULL) accept_all(listener, epoll);
            else serve(events[n].data.ptr);
    }
}
