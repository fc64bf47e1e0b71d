/* Matrix products for training and batch scoring. The BLAS is opened at run time, and only by those
 * who train: the player neither links nor loads it. Without any BLAS a plain loop does the same, slower.
 *
 * blas_open may be called by any thread and acts once; products may then run in any thread. */
#ifndef DRUMLIN_BLAS_H
#define DRUMLIN_BLAS_H

#include <stdbool.h>

/* Opens libopenblas.so.0, else libblas.so.3, choosing OpenBLAS's fastest kernels for this CPU.
 * threads: 0 leaves the library's own choice (or OPENBLAS_NUM_THREADS). Returns what will be used:
 * "OpenBLAS", "BLAS" or "built-in". */
const char *blas_open(int threads);

/* C[m][n] = op(A) op(B) + beta C, row-major; op transposes where ta or tb is set. k is the inner
 * size; lda, ldb, ldc are the row strides of the arrays as stored. ta and tb are not both set. */
void blas_gemm(bool ta, bool tb, int m, int n, int k, const float *a, int lda, const float *b, int ldb,
	       float beta, float *c, int ldc);

/* The same by the built-in loop (tests compare the two). */
void blas_gemm_plain(bool ta, bool tb, int m, int n, int k, const float *a, int lda, const float *b, int ldb,
		     float beta, float *c, int ldc);

#endif
