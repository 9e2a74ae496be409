#include "loop.h"

#include <errno.h>
#include <event2/event.h>
#include <net/if.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "budget.h"
#include "ifmon.h"
#include "log.h"
#include "summary.h"

/* Of all families together, and then there may be an answer to write. Queries and joins wait so long at most, and a bit. */
static const struct mspan longest_turn_wanted = {2000};

enum loop_signal { SIGNAL_TERM, SIGNAL_INT, SIGNAL_USR1, SIGNAL_HUP, SIGNALS };

struct loop {
	struct event_base *base;
	struct conf **conf; /* the running one */
	struct reload *reload;
	struct exhibit *exhibit;
	struct device **devices;
	struct ifmon *ifmon;
	struct summary summaries[FAMILY_COUNT];
	struct event *readable[FAMILY_COUNT];
	bool is_readable[FAMILY_COUNT]; /* since this turn's beginning */
	struct event *news;
	struct event *signals[SIGNALS];
	struct event *timer;   /* the earliest deadline, or more work */
	struct event *summary; /* every summary-interval */
	bool summary_wanted;   /* counters are being read for one */
	bool summary_asked;    /* by a signal */
	enum family summary_next; /* whose is to be written */
	bool failed;

	struct mtime woken;	     /* when this turn began; MTIME_NEVER between turns */
	struct mspan longest_turn;   /* since the last summary */
	struct mspan cpu;	     /* processor time used up to the end of the last turn */
};

static struct timeval timeval_of(struct mspan span)
{
	return (struct timeval){.tv_sec = span.us / 1000000, .tv_usec = span.us % 1000000};
}

/* --- a turn: what woke us, then the devices, then the next wake-up --- */

static void write_summary(struct loop *loop, enum family f)
{
	loop->summaries[f].receive_drops = device_receive_drops(loop->devices[f]);
	loop->summaries[f].longest_turn = loop->longest_turn;
	summary_write(&loop->summaries[f], device_proxy(loop->devices[f]), clock_now(), loop->summary_asked, log_to,
		      NULL);
}

/* One family a turn, because each walks over all of its groups. True: there is another. */
static bool write_summaries(struct loop *loop)
{
	enum family f = loop->summary_next++;

	if (loop->devices[f])
		write_summary(loop, f);
	if (loop->summary_next < FAMILY_COUNT)
		return true;
	loop->summary_next = 0;
	loop->longest_turn = (struct mspan){0};
	loop->summary_wanted = false;
	loop->summary_asked = false;
	return false;
}

static void arm_timer(struct loop *loop, bool more)
{
	struct mtime next = exhibit_next_deadline(loop->exhibit);
	struct timeval tv = {0, 0};
	struct mspan wait;

	for (enum family f = 0; f < FAMILY_COUNT; f++)
		if (loop->devices[f])
			next = mtime_earlier(next, device_next_deadline(loop->devices[f]));
	if (!more && mtime_is_never(next)) {
		event_del(loop->timer);
		return;
	}
	wait = mtime_since(next, clock_now());
	if (!more && wait.us > 0)
		tv = timeval_of(wait);
	event_add(loop->timer, &tv);
}

static int count_devices(const struct loop *loop)
{
	int n = 0;

	for (enum family f = 0; f < FAMILY_COUNT; f++)
		n += loop->devices[f] != NULL;
	return n;
}

/* Each has an equal share of what those before it have left. True: there is more to do. */
static bool run_devices(struct loop *loop)
{
	struct mtime end = mtime_after(clock_now(), longest_turn_wanted);
	int waiting = count_devices(loop);
	struct mspan share;
	bool more = false;

	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		if (!loop->devices[f])
			continue;
		share = mspan_divided(mtime_since(end, clock_now()), waiting--);
		more = device_turn(loop->devices[f], loop->is_readable[f], share) || more;
		loop->is_readable[f] = false;
	}
	return more;
}

static void read_news(struct loop *loop)
{
	int error = ifmon_read(loop->ifmon);

	if (error)
		log_printf(LOG_WARNING, "news of interfaces: %s", strerror(-error));
}

static bool has_messages(const struct loop *loop)
{
	for (enum family f = 0; f < FAMILY_COUNT; f++)
		if (loop->is_readable[f])
			return true;
	return false;
}

static bool is_sampling(const struct loop *loop)
{
	for (enum family f = 0; f < FAMILY_COUNT; f++)
		if (loop->devices[f] && device_is_sampling(loop->devices[f]))
			return true;
	return false;
}

static void wake(struct loop *loop)
{
	if (mtime_is_never(loop->woken))
		loop->woken = clock_now();
}

/* How long this turn was. Its processor time is counted from the end of the last one, so that it holds all callbacks. */
static void observe(struct loop *loop)
{
	struct mspan held = mtime_since(clock_now(), loop->woken), cpu = clock_cpu();

	exhibit_held(loop->exhibit, held, mspan_sub(cpu, loop->cpu));
	if (mspan_cmp(held, loop->longest_turn) > 0)
		loop->longest_turn = held;
	loop->cpu = cpu;
}

/* Once after all callbacks of a wake-up, so that they have one budget of time and not one each. */
static void turn(struct loop *loop)
{
	bool more;

	/* Clients of the socket wake us without our seeing it. */
	wake(loop);
	exhibit_turn(loop->exhibit, clock_now());
	/* They may have come behind the message that woke us, and be about the device that it is about. */
	if (has_messages(loop))
		read_news(loop);
	more = run_devices(loop);
	more = exhibit_work(loop->exhibit) || more;

	/* Under a flood there is always more to do: not a reason to keep silent. */
	if (loop->summary_wanted && !is_sampling(loop))
		more = write_summaries(loop) || more;
	arm_timer(loop, more);
	observe(loop);
	loop->woken = MTIME_NEVER;
}

/* --- what libevent calls: each begins a turn, unless another has --- */

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	wake(arg);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;

	(void)what;
	wake(loop);
	for (enum family f = 0; f < FAMILY_COUNT; f++)
		if (loop->devices[f] && device_fd(loop->devices[f]) == fd)
			loop->is_readable[f] = true;
}

static void on_iface(void *ctx, const struct ifstate *state)
{
	struct loop *loop = ctx;
	const struct iface_settings *settings = conf_find(*loop->conf, state->name, state->loopback);

	for (enum family f = 0; f < FAMILY_COUNT; f++)
		if (loop->devices[f])
			device_iface(loop->devices[f], clock_now(), state, settings);
}

static void on_news(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	wake(arg);
	read_news(arg);
}

static void want_summary(struct loop *loop, bool asked)
{
	wake(loop);
	for (enum family f = 0; f < FAMILY_COUNT; f++)
		if (loop->devices[f])
			device_sample(loop->devices[f], clock_now());
	loop->summary_wanted = true;
	loop->summary_next = 0;
	loop->summary_asked = loop->summary_asked || asked;
}

static void on_summary(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	want_summary(arg, false);
}

static void on_usr1(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	want_summary(arg, true);
}

/* How often a summary is due may have changed; what it counts from has not. */
static void arm_summary(struct loop *loop)
{
	struct timeval tv = timeval_of((*loop->conf)->stats.summary_interval);

	event_del(loop->summary);
	if (tv.tv_sec > 0 || tv.tv_usec > 0)
		event_add(loop->summary, &tv);
}

static bool is_wanted(const struct conf_interface *c)
{
	return !c->pattern && c->settings.role != ROLE_DISABLED;
}

static bool wants(const struct conf *conf, const char *name)
{
	for (size_t k = 0; k < conf->n_interfaces; k++)
		if (is_wanted(&conf->interfaces[k]) && strcmp(conf->interfaces[k].name, name) == 0)
			return true;
	return false;
}

/*
 * What the file names, and the one before (or NULL) did not, and the system does not
 * have: not an error, it may come.
 */
static void tell_missing(const struct conf *conf, const struct conf *before)
{
	for (size_t k = 0; k < conf->n_interfaces; k++) {
		const struct conf_interface *c = &conf->interfaces[k];

		if (is_wanted(c) && !(before && wants(before, c->name)) && if_nametoindex(c->name) == 0)
			log_printf(LOG_NOTICE, "event=interface_state interface=%s state=waiting", c->name);
	}
}

/* Each interface is shown again with its new settings: only what differs has an effect. */
static void apply(struct loop *loop, struct conf *conf)
{
	struct conf *old = *loop->conf;
	bool other_summary = mspan_cmp(old->stats.summary_interval, conf->stats.summary_interval) != 0;

	*loop->conf = conf;
	for (enum family f = 0; f < FAMILY_COUNT; f++)
		if (loop->devices[f])
			device_configure(loop->devices[f], conf);
	ifmon_repeat(loop->ifmon);
	tell_missing(conf, old);
	if (other_summary)
		arm_summary(loop);
	conf_free(old);
}

static void on_hup(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;
	struct conf *conf;

	(void)fd;
	(void)what;
	wake(loop);
	conf = reload_parse(loop->reload, *loop->conf);
	if (exhibit_reloaded(loop->exhibit, conf)) {
		apply(loop, conf);
		exhibit_tell_reload(loop->exhibit, NULL);
		return;
	}
	conf_free(conf);
	exhibit_tell_reload(loop->exhibit, reload_refusal(loop->reload));
}

static void on_stop(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;

	(void)fd;
	(void)what;
	event_base_loopbreak(loop->base);
}

/* --- life --- */

static struct event *watch(struct loop *loop, int fd, short what, event_callback_fn callback)
{
	struct event *event = event_new(loop->base, fd, what, callback, loop);

	if (!event || event_add(event, NULL) == -1)
		loop->failed = true;
	return event;
}

static sigset_t our_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	return set;
}

void loop_hold_signals(void)
{
	sigset_t set = our_signals();

	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void watch_signals(struct loop *loop)
{
	sigset_t set = our_signals();

	loop->signals[SIGNAL_TERM] = watch(loop, SIGTERM, EV_SIGNAL | EV_PERSIST, on_stop);
	loop->signals[SIGNAL_INT] = watch(loop, SIGINT, EV_SIGNAL | EV_PERSIST, on_stop);
	loop->signals[SIGNAL_HUP] = watch(loop, SIGHUP, EV_SIGNAL | EV_PERSIST, on_hup);
	loop->signals[SIGNAL_USR1] = watch(loop, SIGUSR1, EV_SIGNAL | EV_PERSIST, on_usr1);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void watch_summary(struct loop *loop)
{
	loop->summary = event_new(loop->base, -1, EV_PERSIST, on_summary, loop);
	if (!loop->summary)
		loop->failed = true;
	else
		arm_summary(loop);
}

static void watch_devices(struct loop *loop)
{
	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		if (!loop->devices[f])
			continue;
		summary_init(&loop->summaries[f], clock_now());
		loop->readable[f] = watch(loop, device_fd(loop->devices[f]), EV_READ | EV_PERSIST, on_readable);
	}
}

static struct event_base *new_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	/* Deadlines are microseconds; epoll alone would round them to milliseconds. */
	if (config && event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER) == 0)
		base = event_base_new_with_config(config);
	if (config)
		event_config_free(config);
	return base;
}

struct loop *loop_new(struct device *devices[static FAMILY_COUNT], struct conf **conf, struct reload *reload,
		      struct exhibit *exhibit, struct listeners *listeners)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return NULL;
	loop->devices = devices;
	loop->conf = conf;
	loop->reload = reload;
	loop->exhibit = exhibit;
	loop->woken = MTIME_NEVER;
	loop->base = new_base();
	loop->ifmon = ifmon_open(on_iface, loop);
	if (!loop->base || !loop->ifmon) {
		log_printf(LOG_ERR, "%s: %s", loop->base ? "netlink" : "libevent", strerror(errno));
		loop_free(loop);
		return NULL;
	}
	loop->timer = event_new(loop->base, -1, 0, on_timer, loop);
	loop->news = watch(loop, ifmon_fd(loop->ifmon), EV_READ | EV_PERSIST, on_news);
	watch_devices(loop);
	watch_signals(loop);
	watch_summary(loop);
	if (!loop->timer || loop->failed || !exhibit_serve(exhibit, loop->base, listeners)) {
		log_line(LOG_ERR, "libevent takes no more events");
		loop_free(loop);
		return NULL;
	}
	return loop;
}

static void free_event(struct event *event)
{
	if (event)
		event_free(event);
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	/* Without their handlers they would end us before everything is cleaned up. */
	loop_hold_signals();
	for (enum family f = 0; f < FAMILY_COUNT; f++)
		free_event(loop->readable[f]);
	for (int s = 0; s < SIGNALS; s++)
		free_event(loop->signals[s]);
	free_event(loop->news);
	free_event(loop->timer);
	free_event(loop->summary);
	ifmon_close(loop->ifmon);
	if (loop->base)
		event_base_free(loop->base);
	free(loop);
}

bool loop_run(struct loop *loop)
{
	int error = ifmon_sync(loop->ifmon);

	if (error) {
		log_printf(LOG_ERR, "cannot list the interfaces: %s", strerror(-error));
		return false;
	}
	tell_missing(*loop->conf, NULL);
	/* The first turn has no wake-up: it arms the timer. */
	wake(loop);
	loop->cpu = clock_cpu();
	do {
		turn(loop);
		error = event_base_loop(loop->base, EVLOOP_ONCE);
	} while (error == 0 && !event_base_got_break(loop->base));
	if (error) {
		log_line(LOG_ERR, "the event loop failed");
		return false;
	}
	return true;
}
