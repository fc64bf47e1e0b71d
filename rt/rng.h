/* Random numbers that depend on nothing but their key: the same seed gives the same music, whatever
 * was replanned in between. Pure; any thread. */
#ifndef DRUMLIN_RNG_H
#define DRUMLIN_RNG_H

#include <stdint.h>

/* Finaliser of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators",
 * OOPSLA 2014, fig. 13). */
static inline uint64_t
rng_mix(uint64_t z)
{
	z += 0x9e3779b97f4a7c15u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* Counter-based draw: a hash of (seed, a, b). */
static inline uint64_t
rng_hash(uint64_t seed, uint64_t a, uint64_t b)
{
	return rng_mix(rng_mix(rng_mix(seed) ^ a) ^ b);
}

/* Uniform in [0, 1) with 24 bits. */
static inline float
rng_unit(uint64_t bits)
{
	return (float)(bits >> 40) * 0x1p-24f;
}

/* Sequential generator for training and tests: *state advances. */
static inline uint64_t
rng_next(uint64_t *state)
{
	*state += 0x9e3779b97f4a7c15u;
	return rng_mix(*state);
}

static inline float
rng_next_unit(uint64_t *state)
{
	return rng_unit(rng_next(state));
}

#endif
