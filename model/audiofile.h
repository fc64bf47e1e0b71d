/* Audio files: the only place that knows libsndfile. Not the audio thread.
 *
 * A file is what its content says, whatever its name ends in. A WAV that was cut short plays as far as it
 * goes; a compressed file that breaks off is bad. */
#ifndef DRUMLIN_AUDIOFILE_H
#define DRUMLIN_AUDIOFILE_H

#include "rt/status.h"

#include <stddef.h>
#include <stdint.h>

/* Samples beyond this (60 dB over full scale) are no sound, and make the file bad as NaN does. */
#define AUDIOFILE_MAX_SAMPLE 1000.0f

/* No decoded sample may take more memory than this, whatever its header says. */
#define AUDIOFILE_MAX_BYTES ((size_t)256 << 20)

/* Interleaved float samples at the file's own rate, at most two channels (of more the even ones are averaged
 * left, the odd ones right). data is malloc'd. */
typedef struct audiofile_sound {
	float *data;
	uint32_t frames, rate;
	int channels;
} audiofile_sound;

/* Decodes a whole file. Not-a-number, infinite and absurdly large samples make the file bad, as do files
 * without frames, over max_seconds or AUDIOFILE_MAX_BYTES (both are refused before anything is decoded), and
 * what is not a regular file; memory is taken only as samples arrive, so that a header cannot ask for it.
 * Errors: DR_BAD_INPUT naming path and fault; DR_FAILED (memory). */
dr_status audiofile_decode(const char *path, double max_seconds, audiofile_sound *out,
			   dr_error *err) DR_CHECKED;

/* The same, resampled to rate (resample.h). */
dr_status audiofile_read(const char *path, uint32_t rate, double max_seconds, float **data, uint32_t *frames,
			 int *channels, dr_error *err) DR_CHECKED;

/* What a file says of itself, before any resampling. Errors as above. */
typedef struct audiofile_info {
	uint32_t rate;
	int channels;
	uint64_t frames;
} audiofile_info;
dr_status audiofile_probe(const char *path, audiofile_info *info, dr_error *err) DR_CHECKED;

/* A file being written: .wav (32-bit float), .flac (24 bit); the format follows the name's ending.
 * It is written under a temporary name and takes its own on close, whole or not at all. The same
 * samples give the same bytes. Samples over full scale are clipped in FLAC, kept in WAV. */
typedef struct audiofile_writer audiofile_writer;
dr_status audiofile_create(const char *path, uint32_t rate, int channels, audiofile_writer **out,
			   dr_error *err) DR_CHECKED;

/* A recording: a new file (there must be none of that name) of 32-bit floats that is under its own name and
 * playable all the while, WAV up to 4 GB and RF64 beyond. What has been written stays, however it ends. */
dr_status audiofile_create_recording(const char *path, uint32_t rate, int channels, audiofile_writer **out,
				     dr_error *err) DR_CHECKED;

dr_status audiofile_write(audiofile_writer *w, const float *interleaved, size_t frames,
			  dr_error *err) DR_CHECKED;
dr_status audiofile_close(audiofile_writer *w, dr_error *err) DR_CHECKED; /* frees w either way */
void audiofile_discard(audiofile_writer *w);                              /* removes the file */

#endif
