/* Products of a vector with a matrix of eight-bit weights: in plain C, and for CPUs that multiply and add
 * eight-bit numbers four at a time (AVX-512 VNNI), which is found out at run time. Both add up the same
 * integers. */
#ifndef DRUMLIN_SMALL_DOT_H
#define DRUMLIN_SMALL_DOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SMALL_TOGETHER = 4, /* inputs that lie side by side */
	SMALL_LEVELS = 127, /* of inputs and weights, to both sides of 0 */
	SMALL_MOST = 4096   /* inputs */
};

/* A matrix in the order in which it is read: blocks of columns, in which the rows follow each other, plain or
 * in groups of SMALL_TOGETHER. */
typedef struct small_packed {
	void *q;      /* 64-byte aligned; owned: int8_t, or in groups uint8_t, 128 more */
	float *scale; /* [cols padded]; owned */
	size_t bytes;
	int rows, cols; /* padded with zeros */
	bool groups;
} small_packed;

/* Whether this CPU has what packing in groups is for. */
bool small_has_groups(void);

/* false without memory */
bool small_pack(int rows, int cols, const float *w, bool groups, small_packed *out);
void small_unpack(small_packed *p);

/* y[out] += x[in] times the rows from `first` on, a multiple of SMALL_TOGETHER; out is the number of columns
 * that were packed. */
void small_dot(const small_packed *p, int first, int in, int out, const float *x, float *y);

#endif
