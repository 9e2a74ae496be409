#include "privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <unistd.h>

#include <linux/capability.h>

#include "log.h"

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool find_user(struct privileges *p, const char *user)
{
	const struct passwd *pw = getpwnam(user);

	if (!pw) {
		log_printf(LOG_ERR,
			   "user \"%s\" does not exist: useradd --system --user-group --home-dir /var/empty "
			   "--shell /usr/sbin/nologin %s",
			   user, user);
		return false;
	}
	if (pw->pw_uid == 0) {
		log_printf(LOG_ERR, "user \"%s\" is root: name another one with the `user` line", user);
		return false;
	}
	p->uid = pw->pw_uid;
	p->gid = pw->pw_gid;
	p->user = strdup(user);
	p->chroot = strdup(pw->pw_dir);
	return p->user && p->chroot;
}

static bool find_chroot(struct privileges *p, const struct conf *conf)
{
	if (conf->no_chroot || conf->chroot) {
		free(p->chroot);
		p->chroot = conf->chroot ? strdup(conf->chroot) : NULL;
	}
	if (!p->chroot || is_directory(p->chroot))
		return true;
	log_printf(LOG_ERR, "chroot directory \"%s\" does not exist: mkdir -p -m 0755 %s", p->chroot, p->chroot);
	return false;
}

static bool find_group(const char *group)
{
	if (!group || getgrnam(group))
		return true;
	log_printf(LOG_ERR, "group \"%s\" does not exist: groupadd --system %s", group, group);
	return false;
}

bool privileges_find(struct privileges *p, const struct conf *conf)
{
	*p = (struct privileges){.is_root = geteuid() == 0};
	if (!p->is_root)
		return true;
	return find_user(p, conf->user) && find_chroot(p, conf) && find_group(conf->stats.socket_group);
}

void privileges_fini(struct privileges *p)
{
	free(p->user);
	free(p->chroot);
}

void privileges_raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		log_printf(LOG_WARNING, "cannot raise the limit of open files: %s", strerror(errno));
}

static bool failed(const char *what)
{
	log_printf(LOG_ERR, "%s: %s", what, strerror(errno));
	return false;
}

/* The sockets are open: CAP_NET_RAW, with which somebody who was never root started us, has done its duty. */
static bool drop_capabilities(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

	if (syscall(SYS_capset, &head, none) == -1)
		return failed("capset");
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 || failed("no_new_privs");
}

static bool become_user(const struct privileges *p)
{
	if (p->chroot && (chroot(p->chroot) == -1 || chdir("/") == -1))
		return failed(p->chroot);
	if (setgroups(1, &p->gid) == -1 || setresgid(p->gid, p->gid, p->gid) == -1 ||
	    setresuid(p->uid, p->uid, p->uid) == -1)
		return failed(p->user);
	if (setuid(0) == 0) {
		log_line(LOG_ERR, "privileges came back after they were dropped");
		return false;
	}
	return true;
}

bool privileges_drop(const struct privileges *p)
{
	return (!p->is_root || become_user(p)) && drop_capabilities();
}
