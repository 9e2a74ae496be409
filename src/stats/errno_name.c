#include "errno_name.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>

/* glibc alone can name an errno (strerrorname_np); these are what sockets give. */
static const struct {
	int error;
	const char *name;
} errnos[] = {
	{EACCES, "EACCES"},	  {EADDRINUSE, "EADDRINUSE"},	  {EADDRNOTAVAIL, "EADDRNOTAVAIL"},
	{EAGAIN, "EAGAIN"},	  {EBUSY, "EBUSY"},		  {EEXIST, "EEXIST"},
	{EINVAL, "EINVAL"},	  {EMFILE, "EMFILE"},		  {EMSGSIZE, "EMSGSIZE"},
	{ENETDOWN, "ENETDOWN"},	  {ENETUNREACH, "ENETUNREACH"},	  {ENFILE, "ENFILE"},
	{ENOBUFS, "ENOBUFS"},	  {ENODEV, "ENODEV"},		  {ENOENT, "ENOENT"},
	{ENOMEM, "ENOMEM"},	  {ENOPROTOOPT, "ENOPROTOOPT"},	  {ENOTSUP, "ENOTSUP"},
	{ENXIO, "ENXIO"},	  {EPERM, "EPERM"},
};

const char *errno_name(int error)
{
	for (size_t i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++)
		if (errnos[i].error == error)
			return errnos[i].name;
	return NULL;
}

const char *errno_text(int error, char text[static ERRNO_STRLEN])
{
	const char *name = error == 0 ? "" : errno_name(error);

	if (name)
		return name;
	snprintf(text, ERRNO_STRLEN, "%d", error);
	return text;
}
