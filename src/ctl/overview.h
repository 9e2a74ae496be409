/* `mcast-proxyctl show summary`: the whole state on half a screen. */
#ifndef CTL_OVERVIEW_H
#define CTL_OVERVIEW_H

#include "views.h"

/* answer: all of /json. */
view_function view_summary;

#endif
