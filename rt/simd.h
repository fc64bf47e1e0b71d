/* Function multiversioning: plain C loops that the compiler vectorises, built once per instruction set; the
 * right copy is chosen at load time, so one binary serves every x86-64, and other CPUs get the plain copy. */
#ifndef DRUMLIN_SIMD_H
#define DRUMLIN_SIMD_H

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SIMD_PLAIN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SIMD_PLAIN 1 /* sanitizers start after the resolvers that choose a copy */
#endif

#if defined(__x86_64__) && defined(__GNUC__) && __GNUC__ >= 12 && !defined(__clang__) && !defined(SIMD_PLAIN)
/* For sound: blocks are short, and 512-bit registers would gain little. */
#define SIMD_CLONES __attribute__((target_clones("arch=x86-64-v3", "default"), optimize("O3")))
/* For networks. */
#define SIMD_CLONES_WIDE                                                                                     \
	__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"), optimize("O3")))
/* For what must give the same as plain code: no fused multiply-adds. */
#define SIMD_CLONES_UNFUSED __attribute__((target_clones("avx2", "default"), optimize("O3")))
#else
#define SIMD_CLONES
#define SIMD_CLONES_WIDE
#define SIMD_CLONES_UNFUSED
#endif
#define SIMD_INLINE static inline __attribute__((always_inline))

#endif
