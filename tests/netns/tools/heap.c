/*
 * Preloaded into the daemon: how many bytes of the heap are in use, in a file that the test
 * makes and reads (HEAP_IN_USE), so that a byte too many after ten of something shows.
 */
#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void __libc_free(void *p);

static _Atomic int64_t before; /* the file was there */
static _Atomic int64_t *in_use = &before;

__attribute__((constructor)) static void share(void)
{
	const char *path = getenv("HEAP_IN_USE");
	int fd = path ? open(path, O_RDWR) : -1;
	void *page = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*in_use), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (page == MAP_FAILED)
		abort();
	in_use = page;
	*in_use = before;
}

static void count(void *p, int64_t sign)
{
	*in_use += sign * (int64_t)malloc_usable_size(p);
}

void *malloc(size_t size)
{
	void *p = __libc_malloc(size);

	count(p, 1);
	return p;
}

void *calloc(size_t n, size_t size)
{
	void *p = __libc_calloc(n, size);

	count(p, 1);
	return p;
}

void *realloc(void *p, size_t size)
{
	int64_t old = (int64_t)malloc_usable_size(p);
	void *other = __libc_realloc(p, size);

	if (other || size == 0)
		*in_use -= old;
	count(other, 1);
	return other;
}

void free(void *p)
{
	count(p, -1);
	__libc_free(p);
}
