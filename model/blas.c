#include "model/blas.h"

#include "model/vec.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { CBLAS_ROW_MAJOR = 101, CBLAS_NO_TRANS = 111, CBLAS_TRANS = 112 };

/* As every CBLAS declares it; the enumerations are ints in the ABI. */
typedef void sgemm_fn(int order, int ta, int tb, int m, int n, int k, float alpha, const float *a, int lda,
		      const float *b, int ldb, float beta, float *c, int ldc);
typedef void set_threads_fn(int n);

static struct {
	pthread_mutex_t lock;
	bool opened;
	sgemm_fn *sgemm;
	const char *name;
} blas = {PTHREAD_MUTEX_INITIALIZER, false, NULL, "built-in"};

static void *
symbol(void *library, const char *name)
{
	return library ? dlsym(library, name) : NULL;
}

static void
open_library(int threads)
{
	/* OpenBLAS does not recognise newer virtual CPUs and falls back to slow kernels there. */
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
		setenv("OPENBLAS_CORETYPE", "SkylakeX", 0);
#endif
	if (threads > 0) {
		char text[16];
		snprintf(text, sizeof text, "%d", threads);
		setenv("OPENBLAS_NUM_THREADS", text, 0);
	}
	static const struct {
		const char *file, *name;
	} candidates[] = {{"libopenblas.so.0", "OpenBLAS"}, {"libblas.so.3", "BLAS"}};
	for (size_t i = 0; i < sizeof candidates / sizeof *candidates && !blas.sgemm; i++) {
		void *library = dlopen(candidates[i].file, RTLD_NOW | RTLD_LOCAL);
		void *found = symbol(library, "cblas_sgemm");
		if (!found)
			continue;
		memcpy(&blas.sgemm, &found, sizeof found);
		blas.name = candidates[i].name;
	}
}

const char *
blas_open(int threads)
{
	pthread_mutex_lock(&blas.lock);
	if (!blas.opened)
		open_library(threads);
	blas.opened = true;
	pthread_mutex_unlock(&blas.lock);
	return blas.name;
}

void
blas_gemm_plain(bool ta, bool tb, int m, int n, int k, const float *a, int lda, const float *b, int ldb,
		float beta, float *c, int ldc)
{
	for (int i = 0; i < m; i++) {
		float *row = c + (size_t)i * (size_t)ldc;
		for (int j = 0; j < n; j++)
			row[j] = beta == 0.0f ? 0.0f : beta * row[j];
		if (tb) {
			for (int j = 0; j < n; j++)
				row[j] +=
				    vec_dot(k, a + (size_t)i * (size_t)lda, b + (size_t)j * (size_t)ldb);
		} else if (ta) {
			for (int p = 0; p < k; p++)
				vec_axpy(n, a[(size_t)p * (size_t)lda + (size_t)i],
					 b + (size_t)p * (size_t)ldb, row);
		} else {
			vec_matvec(k, n, a + (size_t)i * (size_t)lda, b, ldb, row);
		}
	}
}

void
blas_gemm(bool ta, bool tb, int m, int n, int k, const float *a, int lda, const float *b, int ldb, float beta,
	  float *c, int ldc)
{
	if (m <= 0 || n <= 0)
		return;
	if (blas.sgemm)
		blas.sgemm(CBLAS_ROW_MAJOR, ta ? CBLAS_TRANS : CBLAS_NO_TRANS,
			   tb ? CBLAS_TRANS : CBLAS_NO_TRANS, m, n, k, 1.0f, a, lda, b, ldb, beta, c, ldc);
	else
		blas_gemm_plain(ta, tb, m, n, k, a, lda, b, ldb, beta, c, ldc);
}
