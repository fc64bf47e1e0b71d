/* Denormals off while the audio callback runs, and the host's mode back afterwards. [audio] */
#ifndef DRUMLIN_FPMODE_H
#define DRUMLIN_FPMODE_H

#include <stdint.h>

#if defined(__SSE__)
#include <xmmintrin.h>
typedef unsigned fpmode;
static inline fpmode
fpmode_enter(void)
{
	const fpmode old = _mm_getcsr();
	_mm_setcsr(old | 0x8040u); /* flush to zero, denormals are zero */
	return old;
}
static inline void
fpmode_leave(fpmode old)
{
	_mm_setcsr(old);
}
#elif defined(__aarch64__)
typedef uint64_t fpmode;
static inline fpmode
fpmode_enter(void)
{
	fpmode old;
	__asm__ __volatile__("mrs %0, fpcr" : "=r"(old));
	__asm__ __volatile__("msr fpcr, %0" : : "r"(old | (1ull << 24)));
	return old;
}
static inline void
fpmode_leave(fpmode old)
{
	__asm__ __volatile__("msr fpcr, %0" : : "r"(old));
}
#else
typedef int fpmode;
static inline fpmode
fpmode_enter(void)
{
	return 0;
}
static inline void
fpmode_leave(fpmode old)
{
	(void)old;
}
#endif

#endif
