/* A clock that can be set, a disk and a resolver that can fail, for one process: loaded before libc.

   A page of shared memory, named by CHAOS_PAGE, says how far the wall clock is ahead, with which
   error whatever changes a file below CHAOS_DISK fails, and what looking up CHAOS_NAME comes to: an
   error of getaddrinfo, or 1 for nothing, as long as that stands there. Calls go straight to the
   kernel, but for a name that is looked up. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct page { volatile int64_t ahead; volatile int64_t error; volatile int64_t names; };

static struct page *page;
static const char *disk, *name_of_chaos;

__attribute__((constructor)) static void begin(void)
{
	const char *name = getenv("CHAOS_PAGE");
	int fd = name ? syscall(SYS_openat, AT_FDCWD, name, O_RDWR | O_CLOEXEC) : -1;
	void *at;

	disk = getenv("CHAOS_DISK");
	name_of_chaos = getenv("CHAOS_NAME");
	if (fd < 0)
		return;
	at = mmap(NULL, sizeof *page, PROT_READ, MAP_SHARED, fd, 0);
	syscall(SYS_close, fd);
	if (at != MAP_FAILED)
		page = at;
}

static int below(const char *path)
{
	size_t length = disk ? strlen(disk) : 0;

	return length && !strncmp(path, disk, length) && (!path[length] || path[length] == '/');
}

static int fails(const char *path)
{
	if (!page || !page->error || !below(path))
		return 0;
	errno = page->error;
	return 1;
}

static int fails_at(int fd)
{
	char link[64], path[PATH_MAX];
	ssize_t length;

	if (!page || !page->error)
		return 0;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof path - 1);
	if (length < 0)
		return 0;
	path[length] = 0;
	return fails(path);
}

int clock_gettime(clockid_t which, struct timespec *at)
{
	int found = syscall(SYS_clock_gettime, which, at);

	if (!found && page && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
		at->tv_sec += page->ahead;
	return found;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	at->tv_sec = now.tv_sec;
	at->tv_usec = now.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *at)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (at)
		*at = now.tv_sec;
	return now.tv_sec;
}

static int opened(int folder, const char *path, int flags, mode_t mode)
{
	if ((flags & (O_WRONLY | O_RDWR | O_CREAT)) && fails(path))
		return -1;
	return syscall(SYS_openat, folder, path, flags, mode);
}

#define OPENS(name, ...) \
	int name(__VA_ARGS__ const char *path, int flags, ...) \
	{ \
		mode_t mode = 0; \
		if (flags & (O_CREAT | O_TMPFILE)) { \
			va_list more; \
			va_start(more, flags); \
			mode = va_arg(more, mode_t); \
			va_end(more); \
		} \
		return opened(FOLDER, path, flags, mode); \
	}
#define COMMA ,
#define FOLDER AT_FDCWD
OPENS(open)
OPENS(open64)
#undef FOLDER
#define FOLDER folder
OPENS(openat, int folder COMMA)
OPENS(openat64, int folder COMMA)

ssize_t write(int fd, const void *data, size_t size)
{
	return fails_at(fd) ? -1 : syscall(SYS_write, fd, data, size);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off_t at)
{
	return fails_at(fd) ? -1 : syscall(SYS_pwrite64, fd, data, size, at);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at)
{
	return pwrite64(fd, data, size, at);
}

int fdatasync(int fd)
{
	return fails_at(fd) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd)
{
	return fails_at(fd) ? -1 : (int)syscall(SYS_fsync, fd);
}

int ftruncate64(int fd, off_t size)
{
	return fails_at(fd) ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}

int ftruncate(int fd, off_t size)
{
	return ftruncate64(fd, size);
}

int rename(const char *from, const char *to)
{
	return fails(to) ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path)
{
	return fails(path) ? -1 : (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

typedef int lookup(const char *, const char *, const struct addrinfo *, struct addrinfo **);

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		struct addrinfo **found)
{
	static lookup *real;

	if (!real)
		real = (lookup *)dlsym(RTLD_NEXT, "getaddrinfo");
	if (page && page->names && node && name_of_chaos && !strcmp(node, name_of_chaos)) {
		while (page->names > 0)
			usleep(20000);
		if (page->names)
			return (int)page->names;
	}
	return real(node, service, hints, found);
}
