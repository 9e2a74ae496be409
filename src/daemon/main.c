/*
 * mcast-proxy(8): the order in which things start, in one place. Parse; take the
 * kernel's multicast routing, so that a refused second daemon has touched nothing;
 * then the pidfile, the background, the loss of privileges, the loop.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "conf.h"
#include "device.h"
#include "exhibit.h"
#include "listeners.h"
#include "log.h"
#include "loop.h"
#include "cmdline.h"
#include "pidfile.h"
#include "privileges.h"
#include "probe.h"
#include "reload.h"
#include "witness.h"

enum exit_status {
	EXIT_OK,	   /* asked to stop */
	EXIT_CONFIGURATION, /* or usage */
	EXIT_HELD,	   /* another process holds the kernel's multicast routing */
	EXIT_KERNEL	   /* lacks it, or refuses it */
};

/* All that the process holds. */
struct daemon {
	struct cmdline cmdline;
	struct conf *conf;
	struct privileges privileges;
	struct flow_room flows; /* of all devices together */
	struct device *devices[FAMILY_COUNT];
	struct pidfile *pidfile;
	struct reload *reload;
	struct listeners *listeners;
	struct probe *probe;
	struct witness *witness;
	struct exhibit *exhibit;
	struct loop *loop;
};

static void report(void *ctx, bool is_error, const struct place *at, const char *text)
{
	(void)ctx, (void)at;
	fprintf(stderr, "%s%s\n", text, is_error ? "" : " (warning)");
}

static bool read_configuration(struct daemon *d)
{
	struct conf_options options = {
		.macros = d->cmdline.macros,
		.n_macros = d->cmdline.n_macros,
		.report = report,
	};

	d->conf = conf_parse(d->cmdline.file, &options);
	return d->conf != NULL;
}

static enum exit_status check_only(const struct daemon *d)
{
	if (d->cmdline.verbose > 0)
		conf_print(d->conf, stdout);
	else
		fprintf(stderr, "configuration OK\n");
	return EXIT_OK;
}

static enum exit_status open_devices(struct daemon *d)
{
	struct kernel_error error;

	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		if (!d->conf->enabled[f])
			continue;
		d->devices[f] = device_open(f, d->conf, &d->flows, log_to, &error);
		if (!d->devices[f]) {
			log_printf(LOG_ERR, "%s: %s", family_name(f), error.text);
			return error.refusal == KERNEL_HELD ? EXIT_HELD : EXIT_KERNEL;
		}
	}
	return EXIT_OK;
}

/* After this no path that was said relative to the working directory can be opened any more. */
static bool go_to_background(const struct daemon *d)
{
	if (d->cmdline.foreground)
		return true;
	log_use_syslog();
	if (daemon(0, 0) == 0)
		return true;
	log_printf(LOG_ERR, "cannot go to the background: %s", strerror(errno));
	return false;
}

/* What only privilege can open. Without them there is less evidence, and nothing worse. */
static void open_senses(struct daemon *d)
{
	d->probe = probe_open();
	if (!d->probe)
		log_printf(LOG_WARNING, "no packet probes, so that diagnose can tell less: %s", strerror(errno));
	d->witness = witness_open();
	if (!d->witness)
		log_printf(LOG_WARNING, "no questions to the kernel, so that diagnose can tell less: %s", strerror(errno));
}

static enum exit_status run(struct daemon *d)
{
	/* From here on others can learn our number, and that they may send us signals. */
	loop_hold_signals();
	if (d->cmdline.pidfile && !(d->pidfile = pidfile_take(d->cmdline.pidfile, &d->privileges)))
		return EXIT_CONFIGURATION;
	if (!listeners_open(d->listeners, &d->conf->stats, &d->privileges))
		return EXIT_CONFIGURATION;
	d->reload = reload_new(&d->cmdline, d->conf);
	if (!d->reload || !go_to_background(d))
		return EXIT_KERNEL;
	if (d->pidfile)
		pidfile_publish(d->pidfile);
	open_senses(d);
	if (!privileges_drop(&d->privileges))
		return EXIT_KERNEL;
	reload_rehearse(d->reload);
	d->exhibit = exhibit_new(d->devices, d->conf, d->cmdline.file, d->probe, d->witness);
	d->loop = d->exhibit ? loop_new(d->devices, &d->conf, d->reload, d->exhibit, d->listeners) : NULL;
	if (!d->loop)
		return EXIT_KERNEL;
	log_printf(LOG_NOTICE, "event=start version=%s pid=%ld ipv4=%d ipv6=%d", PACKAGE_VERSION, (long)getpid(),
		   d->devices[FAMILY_IPV4] != NULL, d->devices[FAMILY_IPV6] != NULL);
	if (!loop_run(d->loop))
		return EXIT_KERNEL;
	return EXIT_OK;
}

static enum exit_status start(struct daemon *d)
{
	enum exit_status status;

	if (!read_configuration(d))
		return EXIT_CONFIGURATION;
	if (d->cmdline.check)
		return check_only(d);
	if (!privileges_find(&d->privileges, d->conf))
		return EXIT_CONFIGURATION;
	privileges_raise_limits();
	status = open_devices(d);
	return status == EXIT_OK ? run(d) : status;
}

static void clean_up(struct daemon *d, enum exit_status status)
{
	exhibit_free(d->exhibit);
	probe_close(d->probe);
	witness_close(d->witness);
	loop_free(d->loop);
	for (enum family f = 0; f < FAMILY_COUNT; f++)
		device_close(d->devices[f]);
	if (d->loop)
		log_printf(LOG_NOTICE, "event=stop status=%d", (int)status);
	reload_free(d->reload);
	listeners_free(d->listeners);
	pidfile_drop(d->pidfile);
	privileges_fini(&d->privileges);
	conf_free(d->conf);
}

/*
 * Whoever starts us may have closed them. A socket with the number 2 would be sent
 * the words for stderr, and daemon(3) would close one with any of the three.
 */
static bool fill_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", O_RDWR) != fd)
			return false;
	return true;
}

int main(int argc, char *argv[])
{
	struct daemon d = {0};
	enum exit_status status;

	if (!fill_standard_descriptors())
		return EXIT_KERNEL;
	if (!cmdline_parse(argc, argv, &d.cmdline))
		return EXIT_CONFIGURATION;
	if (d.cmdline.version) {
		printf("mcast-proxy %s: IGMPv1-v3 and MLDv1-v2 proxy, ipv4 and ipv6, %s kernel\n", PACKAGE_VERSION,
		       KERNEL_BACKEND);
		return EXIT_OK;
	}
	log_init(d.cmdline.verbose);
	d.listeners = listeners_new();
	if (!d.listeners)
		return EXIT_KERNEL;
	status = start(&d);
	clean_up(&d, status);
	return (int)status;
}
