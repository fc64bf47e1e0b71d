/* The processor's time stamp: time without asking the system, for the audio thread's own load. [any] */
#ifndef DRUMLIN_CYCLES_H
#define DRUMLIN_CYCLES_H

#include <stdint.h>

#if defined(__x86_64__) || defined(__i386__)
#include <x86intrin.h>
static inline uint64_t
cycles_now(void)
{
	return __rdtsc();
}
#elif defined(__aarch64__)
static inline uint64_t
cycles_now(void)
{
	uint64_t t;
	__asm__ __volatile__("mrs %0, cntvct_el0" : "=r"(t));
	return t;
}
#else
static inline uint64_t
cycles_now(void)
{
	return 0; /* load is shown as unknown */
}
#endif

#endif
