#include "mroute.h"

const char *mroute_op_name(enum mroute_op op)
{
	static const char *const names[MROUTE_OPS] = {"add", "update", "delete"};

	return names[op];
}

const char *upcall_kind_name(enum upcall_kind kind)
{
	static const char *const names[UPCALL_KINDS] = {"nocache", "wrongvif", "wholepkt", "wrvifwhole"};

	return names[kind];
}
