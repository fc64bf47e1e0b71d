#include "tests/alloc_faults.h"
#include "tests/sanitized.h"

#include "rt/rng.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 400 }; /* allocations of a scenario that fail one by one; of more, a random choice */

/* --- memory that fails when asked to -------------------------------------------------------------------- */

static _Atomic long countdown = -1, taken, live;
static _Atomic bool for_good; /* all that come after it fail, too */
/* Libraries that do not survive their own want of memory (libsndfile crashes in its FLAC reader, jansson's
 * parser ends in an assertion): what they ask for themselves is always there. */
static const char *spared;

#ifndef SANITIZED
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void __libc_free(void *);

static bool
is_spared(const void *caller)
{
	Dl_info from;
	char name[64];
	if (!spared || dladdr(caller, &from) == 0 || !from.dli_fname)
		return false;
	const char *slash = strrchr(from.dli_fname, '/');
	snprintf(name, sizeof name, "%s", slash ? slash + 1 : from.dli_fname);
	name[strcspn(name, ".")] = '\0';
	return strstr(spared, name) != NULL;
}

static bool
fails(const void *caller)
{
	if (is_spared(caller))
		return false;
	atomic_fetch_add(&taken, 1);
	const long left = atomic_load(&countdown);
	if (left < 0)
		return false;
	if (left > 0) {
		atomic_store(&countdown, left - 1);
		return false;
	}
	if (!atomic_load(&for_good))
		atomic_store(&countdown, -1);
	errno = ENOMEM;
	return true;
}

static void *
counted(void *p)
{
	if (p)
		atomic_fetch_add(&live, 1);
	return p;
}

void *
malloc(size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : counted(__libc_malloc(size));
}

void *
calloc(size_t n, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : counted(__libc_calloc(n, size));
}

void *
realloc(void *old, size_t size)
{
	if (fails(__builtin_return_address(0)))
		return NULL;
	void *p = __libc_realloc(old, size);
	return old ? p : counted(p);
}

int
posix_memalign(void **out, size_t alignment, size_t size)
{
	if (fails(__builtin_return_address(0)))
		return ENOMEM;
	*out = counted(__libc_memalign(alignment, size));
	return *out ? 0 : ENOMEM;
}

void *
aligned_alloc(size_t alignment, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : counted(__libc_memalign(alignment, size));
}

void
free(void *p)
{
	if (p)
		atomic_fetch_sub(&live, 1);
	__libc_free(p);
}
#endif

long
alloc_hold(void)
{
	return atomic_exchange(&countdown, -1);
}

void
alloc_go_on(long left)
{
	atomic_store(&countdown, left);
}

/* --- each in turn ----------------------------------------------------------------------------------------
 */

typedef struct progress {
	long at;
	char what[300];
} progress;

static void
complain(progress *p, const char *what, const char *detail)
{
	snprintf(p->what, sizeof p->what, "%s%s", what, detail);
	exit(1);
}

/* In the child. */
static void
fail_each(const alloc_scenario *sc, uint64_t seed, bool good, progress *p)
{
	dr_error err;
	long failed = 0;
	spared = sc->spared;
	signal(SIGSEGV, SIG_DFL); /* cmocka's handler would go on with the other tests, here */
	signal(SIGABRT, SIG_DFL);
	for (int i = 0; i < 2; i++) { /* what libraries keep for good they have after the first */
		atomic_store(&taken, 0);
		if (sc->run(&err) != DR_OK)
			complain(p, "it does not work at all: ", err.text);
	}
	const long all = atomic_load(&taken);
	for (long n = 0; n < (all < MOST ? all : MOST); n++) {
		p->at = all <= MOST ? n : (long)(rng_next(&seed) % (uint64_t)all);
		err.text[0] = '\0';
		const long before = atomic_load(&live);
		atomic_store(&for_good, good);
		atomic_store(&countdown, p->at);
		const dr_status status = sc->run(&err);
		atomic_store(&countdown, -1);
		if (status != DR_OK && !err.text[0])
			complain(p, "it failed and did not say why", "");
		failed += status != DR_OK;
		if (atomic_load(&live) > before)
			complain(p, "memory was left behind after: ", err.text);
	}
	atomic_store(&for_good, false);
	if (sc->run(&err) != DR_OK)
		complain(p, "it does not recover: ", err.text);
	snprintf(p->what, sizeof p->what, "%ld allocations, %ld failed in turn, %ld errors told", all,
		 all < MOST ? all : MOST, failed);
	exit(failed > 0 ? 0 : 1);
}

void
alloc_each_fails(const alloc_scenario *sc)
{
#ifdef SANITIZED
	skip();
#endif
	const uint64_t seed = test_seed();
	progress *p = mmap(NULL, sizeof *p, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(p != MAP_FAILED);
	for (int good = 0; good < 2; good++) {
		int status;
		memset(p, 0, sizeof *p);
		fflush(NULL); /* the child ends as a program does, so that what it reached is counted, and
				 must not say this again */
		const pid_t child = fork();
		assert_true(child >= 0);
		if (child == 0)
			fail_each(sc, seed, good != 0, p);
		assert_int_equal(waitpid(child, &status, 0), child);
		if (WIFSIGNALED(status))
			fail_msg("%s: signal %d where allocation %ld failed%s", sc->name, WTERMSIG(status),
				 p->at, good ? " and all after it" : "");
		if (WEXITSTATUS(status) != 0)
			fail_msg("%s: where allocation %ld failed%s: %s", sc->name, p->at,
				 good ? " and all after it" : "", p->what);
		print_message("%s%s: %s\n", sc->name, good ? ", for good" : "", p->what);
	}
	munmap(p, sizeof *p);
}
