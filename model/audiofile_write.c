#include "model/audiofile.h"

#include <errno.h>
#include <fcntl.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

struct audiofile_writer {
	SNDFILE *file;
	int fd;
	char *path, *temporary;
};

static int
format_of(const char *path)
{
	const char *dot = strrchr(path, '.');
	if (dot && strcasecmp(dot, ".wav") == 0)
		return SF_FORMAT_WAV | SF_FORMAT_FLOAT;
	if (dot && strcasecmp(dot, ".flac") == 0)
		return SF_FORMAT_FLAC | SF_FORMAT_PCM_24;
	return 0;
}

static void
writer_free(audiofile_writer *w)
{
	if (w->file)
		sf_close(w->file);
	if (w->fd >= 0)
		close(w->fd);
	free(w->path);
	free(w->temporary);
	free(w);
}

/* Opens the file that `flags` (O_TRUNC or O_EXCL) say, under temporary if that is not NULL. Takes temporary
 * over. */
static dr_status
open_writer(const char *path, char *temporary, int flags, SF_INFO *info, audiofile_writer **out,
	    dr_error *err)
{
	audiofile_writer *w = calloc(1, sizeof *w);
	if (!w || !(w->path = strdup(path))) {
		free(w);
		free(temporary);
		return error_set(err, DR_FAILED, "%s: out of memory", path);
	}
	w->temporary = temporary;
	w->fd = open(temporary ? temporary : path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | flags, 0666);
	if (w->fd < 0) {
		const dr_status status =
		    error_set(err, DR_FAILED, "%s: cannot be written: %s", path, strerror(errno));
		writer_free(w);
		return status;
	}
	w->file = sf_open_fd(w->fd, SFM_WRITE, info, SF_FALSE);
	if (!w->file) {
		const dr_status status =
		    error_set(err, DR_FAILED, "%s: cannot be written: %s", path, sf_strerror(NULL));
		audiofile_discard(w);
		return status;
	}
	sf_command(w->file, SFC_SET_CLIPPING, NULL, SF_TRUE);
	*out = w;
	return DR_OK;
}

dr_status
audiofile_create(const char *path, uint32_t rate, int channels, audiofile_writer **out, dr_error *err)
{
	SF_INFO info = {.samplerate = (int)rate, .channels = channels, .format = format_of(path)};
	if (!info.format)
		return error_set(err, DR_USAGE, "%s: its name must end in .wav or .flac", path);
	if (!sf_format_check(&info))
		return error_set(err, DR_USAGE, "%s: %u Hz in %d channels does not fit the format", path,
				 rate, channels);
	const size_t room = strlen(path) + 32;
	char *temporary = malloc(room);
	if (!temporary)
		return error_set(err, DR_FAILED, "%s: out of memory", path);
	snprintf(temporary, room, "%s.%ld.part", path, (long)getpid());
	const dr_status status = open_writer(path, temporary, O_TRUNC, &info, out, err);
	if (status ==
	    DR_OK) /* The peak chunk carries the time of day, and equal sound shall give equal bytes. */
		sf_command((*out)->file, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE);
	return status;
}

dr_status
audiofile_create_recording(const char *path, uint32_t rate, int channels, audiofile_writer **out,
			   dr_error *err)
{
	SF_INFO info = {
	    .samplerate = (int)rate, .channels = channels, .format = SF_FORMAT_RF64 | SF_FORMAT_FLOAT};
	const dr_status status = open_writer(path, NULL, O_EXCL, &info, out, err);
	if (status == DR_OK) {
		sf_command((*out)->file, SFC_RF64_AUTO_DOWNGRADE, NULL, SF_TRUE);
		sf_command((*out)->file, SFC_SET_UPDATE_HEADER_AUTO, NULL, SF_TRUE);
	}
	return status;
}

dr_status
audiofile_write(audiofile_writer *w, const float *interleaved, size_t frames, dr_error *err)
{
	if (sf_writef_float(w->file, interleaved, (sf_count_t)frames) != (sf_count_t)frames)
		return error_set(err, DR_FAILED, "%s: %s", w->path, sf_strerror(w->file));
	return DR_OK;
}

/* So that the new name itself survives a power cut; a folder that cannot be synced is no fault. */
static void
sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash == path ? strdup("/")
		       : slash       ? strndup(path, (size_t)(slash - path))
				     : strdup(".");
	const int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(folder);
}

dr_status
audiofile_close(audiofile_writer *w, dr_error *err)
{
	const int fault = sf_close(w->file);
	w->file = NULL;
	dr_status status = DR_OK;
	if (fault)
		status = error_set(err, DR_FAILED, "%s: %s", w->path, sf_error_number(fault));
	else if (fsync(w->fd) != 0 || (w->temporary && rename(w->temporary, w->path) != 0))
		status = error_set(err, DR_FAILED, "%s: %s", w->path, strerror(errno));
	if (status != DR_OK) {
		audiofile_discard(w);
		return status;
	}
	sync_folder(w->path);
	writer_free(w);
	return DR_OK;
}

void
audiofile_discard(audiofile_writer *w)
{
	if (w->temporary)
		unlink(w->temporary);
	writer_free(w);
}
