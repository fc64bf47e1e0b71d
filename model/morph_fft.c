#include "model/morph_source.h"

#include <fftw3.h>
#include <pthread.h>

enum { SIZES = 20 };

static struct {
	fftwf_plan forward, backward;
} plans[SIZES];
static pthread_mutex_t planning = PTHREAD_MUTEX_INITIALIZER; /* FFTW's planner is one for all threads */

float *
morph_fft_buffer(size_t floats)
{
	return fftwf_malloc(floats * sizeof(float));
}

void
morph_fft_buffer_free(void *p)
{
	fftwf_free(p);
}

static fftwf_plan
plan_of(uint32_t n, bool backward)
{
	const int size = __builtin_ctz(n);
	pthread_mutex_lock(&planning);
	if (!plans[size].forward) {
		float *real = fftwf_malloc(n * sizeof *real);
		fftwf_complex *bins = fftwf_malloc((n / 2 + 1) * sizeof *bins);
		plans[size].forward = fftwf_plan_dft_r2c_1d((int)n, real, bins, FFTW_ESTIMATE);
		plans[size].backward = fftwf_plan_dft_c2r_1d((int)n, bins, real, FFTW_ESTIMATE);
		fftwf_free(real);
		fftwf_free(bins);
	}
	const fftwf_plan plan = backward ? plans[size].backward : plans[size].forward;
	pthread_mutex_unlock(&planning);
	return plan;
}

void
morph_fft_forward(uint32_t n, float *in, float complex *out)
{
	fftwf_execute_dft_r2c(plan_of(n, false), in, (fftwf_complex *)out);
}

void
morph_fft_backward(uint32_t n, float complex *in, float *out)
{
	fftwf_execute_dft_c2r(plan_of(n, true), (fftwf_complex *)in, out);
}
