#include "tests/witnesses.h"

#include <dlfcn.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* --- first witness: what the libraries are asked for ---------------------------------------------------- */

_Thread_local volatile sig_atomic_t witness_armed;
_Atomic long witness_allocations, witness_locks, witness_calls, witness_system_calls;

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void __libc_free(void *);

#ifndef SANITIZED
void *
malloc(size_t size)
{
	if (witness_armed)
		atomic_fetch_add(&witness_allocations, 1);
	return __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	if (witness_armed)
		atomic_fetch_add(&witness_allocations, 1);
	return __libc_calloc(n, size);
}

void *
realloc(void *old, size_t size)
{
	if (witness_armed)
		atomic_fetch_add(&witness_allocations, 1);
	return __libc_realloc(old, size);
}

void
free(void *p)
{
	if (witness_armed && p)
		atomic_fetch_add(&witness_allocations, 1);
	__libc_free(p);
}

#define NEXT(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

int
pthread_mutex_lock(pthread_mutex_t *m)
{
	static __typeof__(&pthread_mutex_lock) next;
	if (witness_armed)
		atomic_fetch_add(&witness_locks, 1);
	if (!next)
		next = NEXT(pthread_mutex_lock);
	return next(m);
}

int
pthread_cond_signal(pthread_cond_t *c)
{
	static __typeof__(&pthread_cond_signal) next;
	if (witness_armed)
		atomic_fetch_add(&witness_locks, 1);
	if (!next)
		next = NEXT(pthread_cond_signal);
	return next(c);
}

ssize_t
write(int fd, const void *data, size_t size)
{
	static __typeof__(&write) next;
	if (witness_armed)
		atomic_fetch_add(&witness_calls, 1);
	if (!next)
		next = NEXT(write);
	return next(fd, data, size);
}

int
nanosleep(const struct timespec *wanted, struct timespec *left)
{
	static __typeof__(&nanosleep) next;
	if (witness_armed)
		atomic_fetch_add(&witness_calls, 1);
	if (!next)
		next = NEXT(nanosleep);
	return next(wanted, left);
}

int
clock_gettime(clockid_t id, struct timespec *t)
{
	static __typeof__(&clock_gettime) next;
	if (witness_armed)
		atomic_fetch_add(&witness_calls, 1);
	if (!next)
		next = NEXT(clock_gettime);
	return next(id, t);
}
#endif

/* --- second witness: the kernel ------------------------------------------------------------------------- */

/* Counts the call and lets it fail with ENOSYS. */
static void
on_sigsys(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	(void)context;
	if (witness_armed)
		atomic_fetch_add(&witness_system_calls, 1);
}

bool
witness_filter(void)
{
	bool filtered = false;
#if defined(__x86_64__)
#define ALLOW(number)                                                                                        \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
	struct sock_filter rule[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    ALLOW(__NR_rt_sigreturn),
	    ALLOW(__NR_getrusage),
	    ALLOW(__NR_exit),
	    ALLOW(__NR_exit_group),
	    ALLOW(__NR_madvise),
	    ALLOW(__NR_munmap),
	    ALLOW(__NR_futex),
	    ALLOW(__NR_rt_sigprocmask),
	    ALLOW(__NR_rseq),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
	};
	const struct sock_fprog program = {sizeof rule / sizeof *rule, rule};
	filtered = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
		   prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
#endif
	return filtered;
}

long
witness_page_faults(void)
{
	struct rusage u;
	getrusage(RUSAGE_THREAD, &u);
	return u.ru_minflt + u.ru_majflt;
}

void
witness_watch_traps(void)
{
	struct sigaction trap = {.sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO};
	sigaction(SIGSYS, &trap, NULL);
}
