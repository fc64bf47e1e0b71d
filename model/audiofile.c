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
	return DR_OK; /* libsndfile itself refuses what has no rate, no channel, or more than 1024 of them */
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

/* Makes room for at least `frames` more, by doubling, but never beyond what the header announced. */
static dr_status
make_room(audiofile_sound *s, size_t frames, size_t *room, size_t announced, const char *path, dr_error *err)
{
	if (s->frames + frames <= *room)
		return DR_OK;
	size_t wanted = 2 * *room > s->frames + frames ? 2 * *room : s->frames + frames;
	wanted = wanted < announced ? wanted : announced;
	float *grown = realloc(s->data, wanted * (size_t)s->channels * sizeof *grown);
	if (!grown)
		return error_set(err, DR_FAILED, "%s: out of memory", path);
	s->data = grown;
	*room = wanted;
	return DR_OK;
}

static dr_status
read_frames(SNDFILE *file, const SF_INFO *info, const char *path, audiofile_sound *out, dr_error *err)
{
	const size_t step = CHUNK_SAMPLES / (size_t)info->channels;
	const size_t announced = (size_t)info->frames;
	size_t room = 0;
	float *chunk = malloc(step * (size_t)info->channels * sizeof *chunk);
	if (!chunk)
		return error_set(err, DR_FAILED, "%s: out of memory", path);
	dr_status status = DR_OK;
	while (out->frames < announced && status == DR_OK) {
		const size_t left = announced - out->frames;
		const sf_count_t got = sf_readf_float(file, chunk, (sf_count_t)(left < step ? left : step));
		if (got <= 0)
			status = error_set(err, DR_BAD_INPUT, "%s: truncated: %u of %zu frames are there",
					   path, out->frames, announced);
		else
			status = make_room(out, (size_t)got, &room, announced, path, err);
		if (status == DR_OK && !fold(chunk, (size_t)got, info->channels,
					     out->data + (size_t)out->frames * (size_t)out->channels))
			status = error_set(err, DR_BAD_INPUT,
					   "%s: not a number, or far over full scale, near %.3f s", path,
					   (double)out->frames / info->samplerate);
		if (status == DR_OK)
			out->frames += (uint32_t)got;
	}
	free(chunk);
	return status;
}

/* What is refused before a sample is decoded. */
static dr_status
check_header(const SF_INFO *info, const char *path, double max_seconds, int channels, dr_error *err)
{
	if (info->frames == 0)
		return error_set(err, DR_BAD_INPUT, "%s: holds no samples", path);
	if ((double)info->frames > max_seconds * info->samplerate)
		return error_set(err, DR_BAD_INPUT, "%s: too long: %.0f s, at most %.0f s are taken", path,
				 (double)info->frames / info->samplerate, max_seconds);
	if ((uint64_t)info->frames > AUDIOFILE_MAX_BYTES / sizeof(float) / (size_t)channels)
		return error_set(err, DR_BAD_INPUT,
				 "%s: too long: %lld frames, which take over %zu MiB of memory", path,
				 (long long)info->frames, AUDIOFILE_MAX_BYTES >> 20);
	return DR_OK;
}

dr_status
audiofile_decode(const char *path, double max_seconds, audiofile_sound *out, dr_error *err)
{
	SNDFILE *file;
	SF_INFO info;
	dr_status status = open_regular(path, &file, &info, err);
	if (status != DR_OK)
		return status;
	*out = (audiofile_sound){.rate = (uint32_t)info.samplerate,
				 .channels = info.channels > 2 ? 2 : info.channels};
	status = check_header(&info, path, max_seconds, out->channels, err);
	if (status == DR_OK)
		status = read_frames(file, &info, path, out, err);
	sf_close(file);
	if (status != DR_OK) {
		free(out->data);
		out->data = NULL;
	}
	return status;
}

dr_status
audiofile_read(const char *path, uint32_t rate, double max_seconds, float **data, uint32_t *frames,
	       int *channels, dr_error *err)
{
	audiofile_sound s;
	dr_status status = audiofile_decode(path, max_seconds, &s, err);
	if (status != DR_OK)
		return status;
	if ((double)s.frames * rate / s.rate > (double)(AUDIOFILE_MAX_BYTES / sizeof(float)))
		status = error_set(err, DR_BAD_INPUT, "%s: too long at %u Hz", path, rate);
	else if ((status = resample(&s.data, &s.frames, s.channels, s.rate, rate, err)) != DR_OK)
		status = error_prefix(err, status, path);
	if (status != DR_OK) {
		free(s.data);
		return status;
	}
	*data = s.data;
	*frames = s.frames;
	*channels = s.channels;
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
