#include "model/small_dot.h"

#include "model/vec.h"

#include <math.h>
#include <stdlib.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define WITH_GROUPS 1
#define TARGET_GROUPS __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))
#endif

enum { BLOCK = 128, NARROW = 16 /* columns */, ZERO = 128 /* what 0 is in groups */ };

bool
small_has_groups(void)
{
#ifdef WITH_GROUPS
	return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
	       __builtin_cpu_supports("avx512vnni");
#else
	return false;
#endif
}

static int
rounded_up(int n, int to)
{
	return (n + to - 1) / to * to;
}

/* Where block b begins, how wide it is: wide ones first, then narrow ones. */
static int
block_width(const small_packed *p, int column)
{
	return column + BLOCK <= p->cols ? BLOCK : NARROW;
}

static size_t
place(const small_packed *p, int row, int column)
{
	const int wide = p->cols / BLOCK * BLOCK;
	const int first = column < wide ? column / BLOCK * BLOCK : column / NARROW * NARROW;
	const size_t width = (size_t)block_width(p, first), in = (size_t)(column - first);
	const size_t before = (size_t)first * (size_t)p->rows;
	if (!p->groups)
		return before + (size_t)row * width + in;
	return before + ((size_t)(row / SMALL_TOGETHER) * width + in) * SMALL_TOGETHER +
	       (size_t)(row % SMALL_TOGETHER);
}

static void
put(small_packed *p, int row, int column, int q)
{
	const size_t at = place(p, row, column);
	if (p->groups)
		((uint8_t *)p->q)[at] = (uint8_t)(q + ZERO);
	else
		((int8_t *)p->q)[at] = (int8_t)q;
}

bool
small_pack(int rows, int cols, const float *w, bool groups, small_packed *out)
{
	*out = (small_packed){
	    .rows = rounded_up(rows, SMALL_TOGETHER), .cols = rounded_up(cols, NARROW), .groups = groups};
	out->bytes = (size_t)out->rows * (size_t)out->cols;
	out->q = aligned_alloc(64, (out->bytes + 63) / 64 * 64);
	out->scale = calloc((size_t)out->cols, sizeof *out->scale);
	if (!out->q || !out->scale) {
		small_unpack(out);
		return false;
	}
	for (int j = 0; j < out->cols; j++) {
		float most = 0.0f;
		for (int i = 0; i < rows && j < cols; i++)
			most = fmaxf(most, fabsf(w[(size_t)i * (size_t)cols + (size_t)j]));
		out->scale[j] = most / SMALL_LEVELS;
		for (int i = 0; i < out->rows; i++) {
			const bool there = i < rows && j < cols && most > 0.0f;
			const float value = there ? w[(size_t)i * (size_t)cols + (size_t)j] : 0.0f;
			put(out, i, j, there ? (int)lrintf(value / out->scale[j]) : 0);
		}
	}
	return true;
}

void
small_unpack(small_packed *p)
{
	free(p->q);
	free(p->scale);
	*p = (small_packed){0};
}

/* The input in whole levels; returns the size of one, *sum what they add up to. */
VEC_CLONES static float
round_input(int in, const float *restrict x, int8_t *restrict q, int32_t *sum)
{
	float most = 0.0f;
	int32_t all = 0;
	for (int i = 0; i < in; i++) {
		const float size = x[i] < 0.0f ? -x[i] : x[i];
		most = size > most ? size : most;
	}
	const float levels = most > 0.0f ? (float)SMALL_LEVELS / most : 0.0f;
	for (int i = 0; i < in; i++) {
		const float shifted = x[i] * levels + 12582912.0f; /* 1.5 * 2^23: rounds */
		const int32_t level = (int32_t)(shifted - 12582912.0f);
		q[i] = (int8_t)level;
		all += level;
	}
	*sum = all;
	return most / SMALL_LEVELS;
}

/* Two products of levels and weights fit in 16 bits. */
VEC_CLONES static void
add_pair(int width, int16_t a, int16_t b, const int8_t *restrict even, const int8_t *restrict odd,
	 int32_t *restrict sum)
{
	for (int j = 0; j < width; j++)
		sum[j] += (int16_t)((int16_t)(a * even[j]) + (int16_t)(b * odd[j]));
}

static void
block_plain(const int8_t *q, int in, int width, const int8_t *x, int32_t *sum)
{
	for (int i = 0; i < in; i += 2)
		if (x[i] || x[i + 1])
			add_pair(width, x[i], x[i + 1], q + (size_t)i * (size_t)width,
				 q + (size_t)(i + 1) * (size_t)width, sum);
}

#ifdef WITH_GROUPS
/* registers: 16 columns each */
TARGET_GROUPS SIMD_INLINE void
block_groups(const uint8_t *q, int groups, const int8_t *x, int registers, int32_t *sum)
{
	__m512i add[BLOCK / NARROW];
	for (int r = 0; r < registers; r++)
		add[r] = _mm512_setzero_si512();
	for (int g = 0; g < groups; g++) {
		int32_t four;
		memcpy(&four, x + SMALL_TOGETHER * g, sizeof four);
		if (!four)
			continue;
		const __m512i levels = _mm512_set1_epi32(four);
		const uint8_t *row = q + (size_t)(g * registers) * 64;
		for (int r = 0; r < registers; r++)
			add[r] = _mm512_dpbusd_epi32(add[r], _mm512_load_si512(row + (size_t)r * 64), levels);
	}
	for (int r = 0; r < registers; r++)
		_mm512_storeu_si512(sum + r * NARROW, add[r]);
}

TARGET_GROUPS static void
block_by_groups(const uint8_t *q, int groups, int width, const int8_t *x, int32_t all, int32_t *sum)
{
	if (width == BLOCK)
		block_groups(q, groups, x, BLOCK / NARROW, sum);
	else
		block_groups(q, groups, x, 1, sum);
	for (int j = 0; j < width; j++)
		sum[j] -= ZERO * all;
}
#endif

void
small_dot(const small_packed *p, int first, int in, int out, const float *x, float *y)
{
	_Alignas(64) int8_t levels[SMALL_MOST + SMALL_TOGETHER];
	_Alignas(64) int32_t sum[BLOCK];
	int32_t all;
	const float size = round_input(in, x, levels, &all);
	memset(levels + in, 0, SMALL_TOGETHER);
	const int rows = rounded_up(in, SMALL_TOGETHER);
	for (int column = 0; column < out;) {
		const int width = block_width(p, column);
		const size_t at = (size_t)column * (size_t)p->rows + (size_t)first * (size_t)width;
		if (p->groups) {
#ifdef WITH_GROUPS
			block_by_groups((const uint8_t *)p->q + at, rows / SMALL_TOGETHER, width, levels, all,
					sum);
#endif
		} else {
			memset(sum, 0, sizeof sum);
			block_plain((const int8_t *)p->q + at, rows, width, levels, sum);
		}
		for (int j = 0; j < width && column + j < out; j++)
			y[column + j] += size * p->scale[column + j] * (float)sum[j];
		column += width;
	}
}
