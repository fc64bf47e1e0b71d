#include "model/audiofile.h"

#include "model/resample.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK_SAMPLES = 1 << 16 };

/* Opens a regular file only: a FIFO or a device in a kit would block the loader for ever. */
static dr_status
open_regular(const char *path, SNDFILE **file, SF_INFO *info, dr_error *err)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return error_set(err, DR_BAD_INPUT, "%s: %s", path, strerror(errno));
	struct stat st;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return error_set(err, DR_BAD_INPUT, "%s: not a file", path);
	}
	*info = (SF_INFO){0};
	*file = sf_open_fd(fd, SFM_READ, info, SF_TRUE);
	if (!*file)
		return error_set(err, DR_BAD_INPUT, "%s: no audio file that can be read (%s)", path,
				 sf_strerror(NULL));
	if (info->samplerate <= 0 || info->channels <= 0 || info->frames < 0) {
		sf_close(*file);
		return error_set(err, DR_BAD_INPUT, "%s: its header makes no sense", path);
	}
	return DR_OK;
}

/* Folds n frames of any number of channels into one or two; false where a sample is no sound. */
static bool
fold(const float *in, size_t n, int channels, float *out)
{
	for (size_t i = 0; i < n * (size_t)channels; i++)
		if (!(fabsf(in[i]) <= AUDIOFILE_MAX_SAMPLE))
			return false;
	if (channels <= 2) {
		memcpy(out, in, n * (size_t)channels * sizeof *out);
		return true;
	}
	const float left = 1.0f / (float)((channels + 1) / 2), right = 1.0f / (float)(channels / 2);
	for (size_t i = 0; i < n; i++) {
		float sum[2] = {0.0f, 0.0f};
		for (int c = 0; c < channels; c++)
			sum[c & 1] += in[i * (size_t)channels + (size_t)c];
		out[2 * i] = sum[0] * left;
		out[2 * i + 1] = sum[1] * right;
	}
	return true;
}

static dr_status
read_frames(SNDFILE *file, const SF_INFO *info, const char *path, float *out, int channels, dr_error *err)
{
	const size_t step = CHUNK_SAMPLES / (size_t)info->channels;
	float *chunk = malloc(step * (size_t)info->channels * sizeof *chunk);
	if (!chunk)
		return error_set(err, DR_FAILED, "%s: out of memory", path);
	dr_status status = DR_OK;
	for (sf_count_t done = 0; done < info->frames && status == DR_OK;) {
		const sf_count_t left = info->frames - done;
		const sf_count_t got =
		    sf_readf_float(file, chunk, left < (sf_count_t)step ? left : (sf_count_t)step);
		if (got <= 0)
			status = error_set(err, DR_BAD_INPUT, "%s: truncated: %lld of %lld frames are there",
					   path, (long long)done, (long long)info->frames);
		else if (!fold(chunk, (size_t)got, info->channels, out + done * channels))
			status = error_set(err, DR_BAD_INPUT,
					   "%s: not a number, or far over full scale, near %.3f s", path,
					   (double)done / info->samplerate);
		done += got;
	}
	free(chunk);
	return status;
}

dr_status
audiofile_read(const char *path, uint32_t rate, double max_seconds, float **data, uint32_t *frames,
	       int *channels, dr_error *err)
{
	SNDFILE *file;
	SF_INFO info;
	dr_status status = open_regular(path, &file, &info, err);
	if (status != DR_OK)
		return status;
	float *samples = NULL;
	const int folded = info.channels > 2 ? 2 : info.channels;
	if (info.frames == 0)
		status = error_set(err, DR_BAD_INPUT, "%s: holds no samples", path);
	else if ((double)info.frames > max_seconds * info.samplerate || info.frames > INT32_MAX ||
		 max_seconds * rate > INT32_MAX)
		status = error_set(err, DR_BAD_INPUT, "%s: too long: %.0f s, at most %.0f s are taken", path,
				   (double)info.frames / info.samplerate, max_seconds);
	else if (!(samples = malloc((size_t)info.frames * (size_t)folded * sizeof *samples)))
		status = error_set(err, DR_FAILED, "%s: out of memory", path);
	else
		status = read_frames(file, &info, path, samples, folded, err);
	sf_close(file);
	uint32_t n = (uint32_t)info.frames;
	if (status == DR_OK) {
		status = resample(&samples, &n, folded, (uint32_t)info.samplerate, rate, err);
		if (status != DR_OK)
			status = error_prefix(err, status, path);
	}
	if (status != DR_OK) {
		free(samples);
		return status;
	}
	*data = samples;
	*frames = n;
	*channels = folded;
	return DR_OK;
}

dr_status
audiofile_probe(const char *path, audiofile_info *out, dr_error *err)
{
	SNDFILE *file;
	SF_INFO info;
	const dr_status status = open_regular(path, &file, &info, err);
	if (status != DR_OK)
		return status;
	sf_close(file);
	*out = (audiofile_info){
	    .rate = (uint32_t)info.samplerate, .channels = info.channels, .frames = (uint64_t)info.frames};
	return DR_OK;
}
