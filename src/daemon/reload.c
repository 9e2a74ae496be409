#include "reload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "log.h"

/* A directory that files of the configuration lie in. */
struct directory {
	char *path; /* as the configuration's files name it */
	int fd;	    /* O_PATH */
};

struct reload {
	const struct cmdline *cmdline;
	uid_t owner; /* who started us, and so may own the files */
	bool opened[FAMILY_COUNT]; /* whose routing sockets were opened, and stay open whatever a reload says */
	char **files;
	size_t n_files;
	struct directory *directories;
	size_t n_directories;
	struct reload_refusal refusal;
	char *refused_file; /* which its name points to */
};

/* The length of the directory's part of a path, without the last slash; 0: the working directory, or the root. */
static size_t directory_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_in(const char *path, const struct directory *directory)
{
	size_t len = directory_length(path);

	return strlen(directory->path) == len && memcmp(directory->path, path, len) == 0;
}

static const struct directory *find_directory(const struct reload *r, const char *path)
{
	for (size_t i = 0; i < r->n_directories; i++)
		if (is_in(path, &r->directories[i]))
			return &r->directories[i];
	return NULL;
}

static bool keep_directory(struct reload *r, const char *path)
{
	struct directory *d = &r->directories[r->n_directories];

	if (find_directory(r, path))
		return true;
	d->path = strndup(path, directory_length(path));
	if (!d->path)
		return false;
	r->n_directories++;
	d->fd = open(*d->path ? d->path : *path == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return true;
}

static bool keep_file(struct reload *r, const char *path)
{
	r->files[r->n_files] = strdup(path);
	return r->files[r->n_files] && keep_directory(r, r->files[r->n_files++]);
}

struct reload *reload_new(const struct cmdline *cmdline, const struct conf *conf)
{
	struct reload *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->cmdline = cmdline;
	r->owner = geteuid();
	memcpy(r->opened, conf->enabled, sizeof(r->opened));
	r->files = calloc(conf->n_files + 1, sizeof(*r->files));
	r->directories = calloc(conf->n_files + 1, sizeof(*r->directories));
	for (size_t i = 0; r->files && r->directories && i < conf->n_files; i++) {
		if (!keep_file(r, conf->files[i])) {
			reload_free(r);
			return NULL;
		}
	}
	return r;
}

void reload_free(struct reload *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n_directories; i++) {
		if (r->directories[i].fd >= 0)
			close(r->directories[i].fd);
		free(r->directories[i].path);
	}
	for (size_t i = 0; i < r->n_files; i++)
		free(r->files[i]);
	free(r->directories);
	free(r->files);
	free(r->refused_file);
	free(r);
}

static int open_below(void *ctx, const char *path, const char **why)
{
	const struct reload *r = ctx;
	const struct directory *d = find_directory(r, path);

	if (d)
		return openat(d->fd, base_name(path), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	*why = "it lies in a directory that the daemon did not know at its start: needs a restart";
	return -1;
}

void reload_rehearse(const struct reload *r)
{
	for (size_t i = 0; i < r->n_files; i++) {
		const char *why = NULL;
		int fd = open_below((void *)r, r->files[i], &why);

		if (fd == -1)
			log_printf(LOG_WARNING, "a reload cannot read %s: %s", r->files[i],
				   why ? why : strerror(errno));
		else
			close(fd);
	}
}

/* --- refusing --- */

static const char reason_no_memory[] = "no_memory";

/* Unless anything else turns out to be the reason. */
static void refuse_for_memory(struct reload *r)
{
	free(r->refused_file);
	r->refused_file = NULL;
	r->refusal = (struct reload_refusal){.reason = reason_no_memory, .file = r->cmdline->file};
}

static void refuse_at(struct reload *r, const struct place *at)
{
	if (r->refusal.reason != reason_no_memory)
		return;
	r->refused_file = strdup(at->file);
	r->refusal.reason = "bad_configuration";
	r->refusal.line = at->line;
	if (r->refused_file)
		r->refusal.file = r->refused_file;
}

static void report(void *ctx, bool is_error, const struct place *at, const char *text)
{
	log_line(is_error ? LOG_ERR : LOG_WARNING, text);
	if (is_error)
		refuse_at(ctx, at);
}

const struct reload_refusal *reload_refusal(const struct reload *r)
{
	return &r->refusal;
}

/* --- what cannot be changed --- */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_listens(const struct conf_stats *a, const struct conf_stats *b)
{
	if (a->n_listens != b->n_listens)
		return false;
	for (size_t i = 0; i < a->n_listens; i++)
		if (!addr_equal(&a->listens[i].addr, &b->listens[i].addr) || a->listens[i].port != b->listens[i].port)
			return false;
	return true;
}

static bool same_socket(const struct conf_stats *a, const struct conf_stats *b)
{
	return same_text(a->socket, b->socket) && same_text(a->socket_group, b->socket_group) &&
	       a->socket_mode == b->socket_mode;
}

/* What was fixed when privileges were dropped; NULL: nothing of it differs. */
static const char *needs_restart(const struct reload *r, const struct conf *a, const struct conf *b)
{
	if (!same_text(a->user, b->user))
		return "user";
	if (a->no_chroot != b->no_chroot || !same_text(a->chroot, b->chroot))
		return "chroot";
	if (a->has_table != b->has_table || (a->has_table && a->table != b->table))
		return "table";
	if (!same_socket(&a->stats, &b->stats))
		return "socket";
	if (!same_listens(&a->stats, &b->stats))
		return "listen";
	for (enum family f = 0; f < FAMILY_COUNT; f++)
		if (b->enabled[f] && !r->opened[f])
			return family_name(f);
	return NULL;
}

/* --- parsing --- */

struct conf *reload_parse(struct reload *r, const struct conf *running)
{
	struct conf_options options = {
		.macros = r->cmdline->macros,
		.n_macros = r->cmdline->n_macros,
		.report = report,
		.open = open_below,
		.owner = &r->owner,
		.ctx = r,
	};
	struct conf *conf;
	const char *what;

	refuse_for_memory(r);
	conf = conf_parse(r->cmdline->file, &options);
	what = conf ? needs_restart(r, running, conf) : NULL;
	if (!what)
		return conf;
	log_printf(LOG_ERR, "%s: a change of `%s` needs a restart", r->cmdline->file, what);
	r->refusal.reason = "needs_restart";
	r->refusal.token = what;
	conf_free(conf);
	return NULL;
}
