/* What holds where the file says nothing: design section 3, mcast-proxy.conf(5). */
#ifndef CONF_DEFAULTS_H
#define CONF_DEFAULTS_H

#include "conf.h"

struct iface_settings defaults_settings(void);

/* NULL when memory is short; else conf_free() frees it. */
struct conf *defaults_conf(void);

#endif
