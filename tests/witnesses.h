/* What a thread does that the audio thread must not, counted by two witnesses, while the thread is armed.
 *
 * First: allocation, locking, output and blocking functions are interposed (witnesses.c defines them for the
 * whole program). Second, independent of any list of functions: the kernel. A thread under a seccomp filter
 * has every system call turned into a signal, and its page faults are read from its own accounting. */
#ifndef DRUMLIN_TEST_WITNESSES_H
#define DRUMLIN_TEST_WITNESSES_H

#include "tests/sanitized.h" /* under these there is nothing to witness */

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

extern _Thread_local volatile sig_atomic_t witness_armed; /* this thread's; the trap reads it */
extern _Atomic long witness_allocations, witness_locks, witness_calls, witness_system_calls;

/* Counts trapped system calls from now on, in every thread that has a filter. */
void witness_watch_traps(void);

/* The calling thread's system calls trap from now on, and fail with ENOSYS, but those with which a thread
 * reads its accounting, returns from the trap, and ends. False where there are no such filters. */
bool witness_filter(void);

/* Of the calling thread, so far. */
long witness_page_faults(void);

#endif
