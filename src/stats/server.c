#include "server.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "diagnose.h"
#include "document.h"
#include "http.h"
#include "metrics.h"
#include "page.h"
#include "show.h"
#include "stats.h"

/* Large answers under way at a time: each holds a list of all groups or flows. */
enum { MAX_ANSWERS = 4 };
/* Of an answer that the client has not read yet. */
enum { MAX_UNREAD_BYTES = 65536 };
/* For the whole request, and for the whole answer; a client that drips bytes gains nothing. */
static const struct mspan request_time = {5000000};
static const struct mspan answer_time = {60000000};
/* Without his reading anything of it: as few large answers are under way at a time, he keeps others waiting. */
static const struct timeval unread_time = {10, 0};
/* Who listens to events may pause for as long, with no room left for what happens; somebody else may want his place. */
static const struct mspan pause_time = {60000000};
/* For his end of the connection, when ours is closed. */
static const struct mspan leaving_time = {2000000};
/*
 * The turn is so old, then no more steps: others have worked in it before us, perhaps for
 * longer. One step is always taken, or a flood of reports would leave no answer.
 */
static const struct mspan turn_time = {1000};
/* How often clients are looked after. */
static const struct mspan look_interval = {1000000};
/* How often somebody who waits for a probe is asked again. */
static const struct mspan wait_interval = {50000};

enum client_state {
	CLIENT_ASKING,	  /* the request is not whole yet */
	CLIENT_QUEUED,	  /* for the counters to be read, or for others' answers */
	CLIENT_SAMPLING,  /* the counters are being read, for him too */
	CLIENT_ANSWERING, /* his document is being written */
	CLIENT_FLUSHING,  /* all is written: what he has not read yet, and then the end */
	CLIENT_LEAVING	  /* he has all, and may still be talking: until he closes, too */
};

struct client {
	TAILQ_ENTRY(client) entry;
	struct server *server;
	struct bufferevent *bev;
	enum client_state state;
	struct http_request request;
	struct document *document;
	struct mtime until; /* MTIME_NEVER: he may stay */
	struct mtime asked;
	struct mtime full_since; /* of one who stays: he has read nothing, and there is no room for more; or MTIME_NEVER */
	bool stays;   /* his document has no end */
	bool waiting; /* his document has nothing to write now */
	bool silent;  /* he has closed his side */
	bool gone;    /* to be freed when nobody works with him any more */
};

TAILQ_HEAD(client_list, client);

struct listener {
	SLIST_ENTRY(listener) entry;
	struct evconnlistener *evconn;
};

struct server {
	struct event_base *base;
	struct stats *stats;
	SLIST_HEAD(, listener) listeners;
	struct client_list clients;
	size_t n_clients;
	size_t n_staying;
	bool full;
	bool refused; /* since then somebody has come, and waits */
	bool sampling;
	struct mtime look_at; /* after clients that have used up their time */
};

/* --- the paths --- */

typedef struct document *maker(struct server *s, const struct http_request *request);

static struct document *make_page(struct server *s, const struct http_request *request)
{
	(void)request;
	return page_new(s->stats);
}

static enum metrics_format format_of(const struct http_request *request)
{
	return request->openmetrics ? METRICS_OPENMETRICS : METRICS_TEXT;
}

static struct document *make_metrics(struct server *s, const struct http_request *request)
{
	return metrics_new(s->stats, format_of(request), false);
}

static struct document *make_flow_metrics(struct server *s, const struct http_request *request)
{
	return metrics_new(s->stats, format_of(request), true);
}

static struct document *make_events(struct server *s, const struct http_request *request)
{
	(void)request;
	return feed_listen(&s->stats->feed);
}

/* "/json", "/json/groups"; the path has been found in the table. */
static struct document *make_json(struct server *s, const struct http_request *request)
{
	for (enum show_part part = 0; part < SHOW_PARTS; part++)
		if (request->path[5] == '/' && strcmp(request->path + 6, show_part_name(part)) == 0)
			return show_new(s->stats, part);
	return show_new(s->stats, SHOW_ALL);
}

static struct document *make_diagnosis(struct server *s, const struct http_request *request)
{
	struct addr group, source;
	bool has_group = addr_parse(request->group, &group);
	bool has_source = addr_parse(request->source, &source);

	return diagnose_new(s->stats, has_group ? &group : NULL, has_source ? &source : NULL);
}

struct path {
	const char *name;
	const char *content_type;
	maker *make;
	bool counts; /* shows the kernel's counters: they are read first */
	bool stays;  /* has no end: the client may stay as long as he wants */
};

#define JSON "application/json"

static const struct path paths[] = {
	{"/", "text/plain; charset=utf-8", make_page, true, false},
	{"/metrics", NULL, make_metrics, true, false},
	{"/metrics/sg", NULL, make_flow_metrics, true, false},
	{"/json", JSON, make_json, true, false},
	{"/json/interfaces", JSON, make_json, true, false},
	{"/json/groups", JSON, make_json, true, false},
	{"/json/routes", JSON, make_json, true, false},
	{"/json/upstream", JSON, make_json, false, false},
	{"/json/limits", JSON, make_json, false, false},
	{"/json/drops", JSON, make_json, false, false},
	{"/json/members", JSON, make_json, false, false},
	{"/json/filters", JSON, make_json, false, false},
	{"/json/refused", JSON, make_json, false, false},
	{"/events", "application/x-ndjson", make_events, false, true},
	{"/diagnose", JSON, make_diagnosis, true, false},
};

static const struct path *find_path(const char *name)
{
	for (size_t k = 0; k < sizeof(paths) / sizeof(paths[0]); k++)
		if (strcmp(paths[k].name, name) == 0)
			return &paths[k];
	return NULL;
}

/* --- clients --- */

static bool somebody_waits(const struct server *s)
{
	const struct listener *l;

	SLIST_FOREACH(l, &s->listeners, entry) {
		struct pollfd queue = {.fd = evconnlistener_get_fd(l->evconn), .events = POLLIN};

		if (poll(&queue, 1, 0) == 1)
			return true;
	}
	return false;
}

/* That all places are taken is no refusal yet: somebody has to come and find none. Once for each time of being full. */
static void count_refused(struct server *s)
{
	if (!s->full || s->refused || !somebody_waits(s))
		return;
	s->refused = true;
	s->stats->clients_refused++;
}

static void accept_again(struct server *s)
{
	struct listener *l;

	count_refused(s);
	if (!s->full || s->n_clients >= SERVER_MAX_CLIENTS)
		return;
	s->full = s->refused = false;
	SLIST_FOREACH(l, &s->listeners, entry)
		evconnlistener_enable(l->evconn);
}

/* Whoever comes now waits in the listener's queue. */
static void accept_no_more(struct server *s)
{
	struct listener *l;

	s->full = true;
	SLIST_FOREACH(l, &s->listeners, entry)
		evconnlistener_disable(l->evconn);
}

static void client_free(struct client *c)
{
	struct server *s = c->server;

	if (c->document)
		c->document->free(c->document);
	TAILQ_REMOVE(&s->clients, c, entry);
	s->n_clients--;
	s->n_staying -= c->stays;
	bufferevent_free(c->bev);
	free(c);
	accept_again(s);
}

static struct evbuffer *output(const struct client *c)
{
	return bufferevent_get_output(c->bev);
}

static struct mtime clock_of(const struct client *c)
{
	return c->server->stats->ops->clock(c->server->stats->ctx);
}

/*
 * RFC 9112 section 9.6: to close while he still sends (a request that is too long) would
 * reset the connection, and he might never see the answer.
 */
static void take_leave(struct client *c)
{
	c->state = CLIENT_LEAVING;
	c->until = mtime_after(clock_of(c), leaving_time);
	if (c->silent || shutdown(bufferevent_getfd(c->bev), SHUT_WR) == -1)
		c->gone = true;
}

/* Nothing more will be written; he is let go when he has read it all. */
static void finish(struct client *c)
{
	c->state = CLIENT_FLUSHING;
	if (evbuffer_get_length(output(c)) == 0)
		take_leave(c);
}

static void answer_briefly(struct client *c, int status, const char *text)
{
	if (!c->request.bare)
		http_head(output(c), status, "text/plain; charset=utf-8");
	if (c->request.method != HTTP_HEAD)
		evbuffer_add_printf(output(c), "%s\n", text);
	finish(c);
}

static void answer_status(struct client *c, int status)
{
	answer_briefly(c, status, http_reason_phrase(status));
}

/* 200 and "ok", or 503 and what is wrong, for load balancers and people alike. */
static void answer_health(struct client *c)
{
	const char *causes[STATS_CAUSES];
	size_t n = stats_health(c->server->stats, causes);
	char text[256] = "degraded:";

	for (size_t k = 0; k < n; k++) {
		strlcat(text, " ", sizeof(text));
		strlcat(text, causes[k], sizeof(text));
	}
	answer_briefly(c, n > 0 ? 503 : 200, n > 0 ? text : "ok");
}

static const char *content_type_of(const struct client *c, const struct path *path)
{
	return path->content_type ? path->content_type : metrics_content_type(format_of(&c->request));
}

/* A group, or one and a source of its family, or nothing at all. */
static bool is_question(const struct http_request *request)
{
	struct addr group, source;

	if (!*request->group)
		return !*request->source;
	if (!addr_parse(request->group, &group) || !addr_is_multicast(&group))
		return false;
	if (!*request->source)
		return true;
	return addr_parse(request->source, &source) && addr_family(&source) == addr_family(&group) &&
	       !addr_is_multicast(&source) && !addr_is_unspecified(&source);
}

static void take_request(struct client *c, const struct path *path)
{
	c->asked = clock_of(c);
	if (path->stays) {
		c->until = MTIME_NEVER;
	} else {
		c->until = mtime_after(c->asked, answer_time);
		bufferevent_set_timeouts(c->bev, NULL, &unread_time);
	}
	if (!c->request.bare)
		http_head(output(c), 200, content_type_of(c, path));
	if (c->request.method == HTTP_HEAD) {
		finish(c);
		return;
	}
	c->state = CLIENT_QUEUED;
	c->stays = path->stays;
	c->server->n_staying += c->stays;
}

static void handle_request(struct client *c)
{
	const struct path *path = find_path(c->request.path);

	if (strcmp(c->request.path, "/healthz") == 0)
		answer_health(c);
	else if (!path)
		answer_status(c, 404);
	else if (!is_question(&c->request))
		answer_status(c, 400);
	else if (path->stays && c->server->n_staying >= SERVER_MAX_STAYING)
		answer_status(c, 503);
	else
		take_request(c, path);
}

/* --- what libevent calls --- */

static void on_input(struct bufferevent *bev, void *arg)
{
	struct client *c = arg;
	struct evbuffer *input = bufferevent_get_input(bev);
	size_t len = evbuffer_get_length(input);
	int status;

	/* What comes behind a request is of no interest, but must be read: else he would not get our answer. */
	if (c->state != CLIENT_ASKING) {
		evbuffer_drain(input, len);
		return;
	}
	status = http_parse((const char *)evbuffer_pullup(input, -1), len, &c->request);
	if (status == 0)
		return;
	evbuffer_drain(input, len);
	if (status == 200)
		handle_request(c);
	else
		answer_status(c, status);
}

static void on_output(struct bufferevent *bev, void *arg)
{
	struct client *c = arg;

	if (c->state == CLIENT_FLUSHING && evbuffer_get_length(bufferevent_get_output(bev)) == 0)
		take_leave(c);
}

/* A client that has said all may close his side and still wants his answer (nc -N). */
static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct client *c = arg;

	(void)bev;
	if ((what & BEV_EVENT_EOF) && c->state != CLIENT_ASKING && c->state != CLIENT_LEAVING)
		c->silent = true;
	else
		c->gone = true;
}

/*
 * Who listens to events on a port and goes away looks like one who has closed his side,
 * until we send him something. Does nothing on a unix socket, where has_hung_up() tells.
 */
static void keep_alive(int fd)
{
	int yes = 1, idle_seconds = 30;

	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds, sizeof(idle_seconds));
}

static void on_accept(struct evconnlistener *evconn, evutil_socket_t fd, struct sockaddr *from, int len, void *arg)
{
	struct server *s = arg;
	struct client *c = calloc(1, sizeof(*c));

	(void)evconn, (void)from, (void)len;
	if (c)
		c->bev = bufferevent_socket_new(s->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!c || !c->bev) {
		free(c);
		evutil_closesocket(fd);
		return;
	}
	c->server = s;
	/* The turn that we are in has not been told of yet. */
	c->until = mtime_after(clock_of(c), request_time);
	c->full_since = MTIME_NEVER;
	keep_alive(fd);
	TAILQ_INSERT_TAIL(&s->clients, c, entry);
	s->n_clients++;
	bufferevent_setcb(c->bev, on_input, on_output, on_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, HTTP_MAX_REQUEST_BYTES + 1);
	bufferevent_setwatermark(c->bev, EV_WRITE, MAX_UNREAD_BYTES / 2, 0);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	if (s->n_clients >= SERVER_MAX_CLIENTS)
		accept_no_more(s);
}

/* No descriptors, no memory: the listener would call again at once, for ever. Until look_after(). */
static void on_accept_error(struct evconnlistener *evconn, void *arg)
{
	(void)evconn;
	accept_no_more(arg);
}

/* --- answers --- */

/* One round of reading counters serves all who asked before it began; who comes later waits for the next. */
static void sample(struct server *s)
{
	struct client *c;
	bool wanted = false;

	if (s->sampling && !s->stats->ops->is_sampling(s->stats->ctx)) {
		s->sampling = false;
		TAILQ_FOREACH(c, &s->clients, entry)
			if (c->state == CLIENT_SAMPLING)
				c->state = CLIENT_ANSWERING;
	}
	if (s->sampling)
		return;
	TAILQ_FOREACH(c, &s->clients, entry) {
		if (c->state != CLIENT_QUEUED)
			continue;
		c->state = find_path(c->request.path)->counts ? CLIENT_SAMPLING : CLIENT_ANSWERING;
		wanted = wanted || c->state == CLIENT_SAMPLING;
	}
	if (!wanted)
		return;
	s->stats->ops->sample(s->stats->ctx);
	s->sampling = true;
}

static size_t count_answers(const struct server *s)
{
	const struct client *c;
	size_t n = 0;

	TAILQ_FOREACH(c, &s->clients, entry)
		n += c->document != NULL && !mtime_is_never(c->until);
	return n;
}

/* False: not now. */
static bool begin_answer(struct client *c)
{
	const struct path *path = find_path(c->request.path);

	if (!path->stays && count_answers(c->server) >= MAX_ANSWERS)
		return false;
	c->document = path->make(c->server, &c->request);
	if (!c->document)
		c->gone = true;
	return c->document != NULL;
}

static void end_answer(struct client *c)
{
	struct stats *stats = c->server->stats;

	if (strcmp(c->request.path, "/metrics") == 0)
		stats->scrape_duration = mtime_since(stats->ops->clock(stats->ctx), c->asked);
	c->document->free(c->document);
	c->document = NULL;
	finish(c);
}

static bool may_write(const struct client *c)
{
	return !c->gone && c->state == CLIENT_ANSWERING && evbuffer_get_length(output(c)) < MAX_UNREAD_BYTES;
}

static void write_step(struct client *c)
{
	c->waiting = false;
	if (!c->document && !begin_answer(c)) {
		c->waiting = true;
		return;
	}
	switch (c->document->step(c->document, output(c))) {
	case DOCUMENT_MORE:
		break;
	case DOCUMENT_WAIT:
		c->waiting = true;
		break;
	case DOCUMENT_DONE:
		end_answer(c);
		break;
	case DOCUMENT_FAILED:
		c->gone = true;
		break;
	}
}

static bool is_time_over(const struct server *s)
{
	return mtime_reached(mtime_after(s->stats->now, turn_time), s->stats->ops->clock(s->stats->ctx));
}

/* Takes turns: who has written goes behind the others. */
static void write_some(struct server *s)
{
	struct client *c, *next;
	bool enough = false;

	for (c = TAILQ_FIRST(&s->clients); c && !enough; c = next) {
		next = TAILQ_NEXT(c, entry);
		if (!may_write(c))
			continue;
		write_step(c);
		if (c->waiting)
			continue;
		enough = is_time_over(s);
		TAILQ_REMOVE(&s->clients, c, entry);
		TAILQ_INSERT_TAIL(&s->clients, c, entry);
	}
}

/* --- looking after them --- */

/* Who listens to events and has closed his side cannot be told from one who still reads, but by this. */
static bool has_hung_up(const struct client *c)
{
	struct pollfd p = {.fd = bufferevent_getfd(c->bev)};

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLERR));
}

static bool is_asleep(struct client *c)
{
	struct mtime now = c->server->stats->now;

	if (evbuffer_get_length(output(c)) < MAX_UNREAD_BYTES)
		c->full_since = MTIME_NEVER;
	else if (mtime_is_never(c->full_since))
		c->full_since = now;
	return mtime_reached(mtime_after(c->full_since, pause_time), now);
}

static void look_after(struct server *s)
{
	struct client *c;

	if (!mtime_reached(s->look_at, s->stats->now))
		return;
	s->look_at = mtime_after(s->stats->now, look_interval);
	TAILQ_FOREACH(c, &s->clients, entry) {
		if (mtime_reached(c->until, s->stats->now))
			c->gone = true;
		else if (c->stays && (has_hung_up(c) || is_asleep(c)))
			c->gone = true;
	}
	accept_again(s);
}

static void free_gone(struct server *s)
{
	struct client *c, *next;

	for (c = TAILQ_FIRST(&s->clients); c; c = next) {
		next = TAILQ_NEXT(c, entry);
		if (c->gone)
			client_free(c);
	}
}

bool server_work(struct server *s)
{
	struct client *c;
	bool more = false;

	sample(s);
	write_some(s);
	look_after(s);
	free_gone(s);
	TAILQ_FOREACH(c, &s->clients, entry)
		more = more || (may_write(c) && !c->waiting);
	return more;
}

struct mtime server_next_deadline(const struct server *s)
{
	const struct client *c;

	if (TAILQ_EMPTY(&s->clients) && !s->full)
		return MTIME_NEVER;
	/* Events come in a turn of their own: who listens to them waits without being looked at. */
	TAILQ_FOREACH(c, &s->clients, entry)
		if (!mtime_is_never(c->until) &&
		    (c->waiting || c->state == CLIENT_QUEUED || c->state == CLIENT_SAMPLING))
			return mtime_earlier(s->look_at, mtime_after(s->stats->now, wait_interval));
	return s->look_at;
}

/* --- life --- */

struct server *server_new(struct event_base *base, struct stats *stats)
{
	struct server *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->base = base;
	s->stats = stats;
	stats->max_clients = SERVER_MAX_CLIENTS;
	SLIST_INIT(&s->listeners);
	TAILQ_INIT(&s->clients);
	return s;
}

void server_free(struct server *s)
{
	struct client *c;
	struct listener *l;

	if (!s)
		return;
	while ((c = TAILQ_FIRST(&s->clients)) != NULL)
		client_free(c);
	while ((l = SLIST_FIRST(&s->listeners)) != NULL) {
		SLIST_REMOVE_HEAD(&s->listeners, entry);
		evconnlistener_free(l->evconn);
		free(l);
	}
	free(s);
}

bool server_listen(struct server *s, int fd)
{
	struct listener *l = calloc(1, sizeof(*l));

	evutil_make_socket_nonblocking(fd);
	if (l)
		l->evconn = evconnlistener_new(s->base, on_accept, s, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0,
					       fd);
	if (!l || !l->evconn) {
		free(l);
		return false;
	}
	evconnlistener_set_error_cb(l->evconn, on_accept_error);
	SLIST_INSERT_HEAD(&s->listeners, l, entry);
	return true;
}
