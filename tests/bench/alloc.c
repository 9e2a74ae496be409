#include "alloc.h"

#include <malloc.h>
#include <stdlib.h>

/* The linker's names for the real ones. */
void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t each);
void *__real_realloc(void *p, size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t each);
void *__wrap_realloc(void *p, size_t n);
void __wrap_free(void *p);

static bool watching;
static size_t live;

void alloc_watch(bool on)
{
	watching = on;
	live = 0;
}

size_t alloc_live(void)
{
	return live;
}

static void *came(void *p)
{
	if (watching)
		live += malloc_usable_size(p);
	return p;
}

static void *goes(void *p)
{
	if (watching)
		live -= malloc_usable_size(p);
	return p;
}

void *__wrap_malloc(size_t n)
{
	return came(__real_malloc(n));
}

void *__wrap_calloc(size_t n, size_t each)
{
	return came(__real_calloc(n, each));
}

void *__wrap_realloc(void *p, size_t n)
{
	return came(__real_realloc(goes(p), n));
}

void __wrap_free(void *p)
{
	__real_free(goes(p));
}
