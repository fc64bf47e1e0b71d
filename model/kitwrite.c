#include "model/kitwrite.h"

#include "model/audiofile.h"
#include "model/kit_desc.h"
#include "model/kit_hydrogen.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Writes one sample; *scale is what its layer's gain makes up for. */
static dr_status
write_sample(const kit_sample *s, uint32_t rate, const char *path, float *scale, dr_error *err)
{
	const int channels = s->channel[1] ? 2 : 1;
	float peak = 0.0f;
	for (int c = 0; c < channels; c++)
		for (uint32_t i = 0; i < s->frames; i++)
			peak = fmaxf(peak, fabsf(s->channel[c][i]));
	*scale = peak > 0.99f ? peak / 0.99f : 1.0f;
	float *data = malloc((size_t)s->frames * (size_t)channels * sizeof *data);
	if (!data)
		return error_set(err, DR_FAILED, "%s: out of memory", path);
	for (uint32_t i = 0; i < s->frames; i++)
		for (int c = 0; c < channels; c++)
			data[(size_t)i * (size_t)channels + (size_t)c] = s->channel[c][i] / *scale;
	audiofile_writer *w;
	dr_status status = audiofile_create(path, rate, channels, &w, err);
	if (status == DR_OK) {
		status = audiofile_write(w, data, s->frames, err);
		if (status == DR_OK)
			status = audiofile_close(w, err);
		else
			audiofile_discard(w);
	}
	free(data);
	return status;
}

static dr_status
describe_layer(const kit *k, int instrument, uint32_t layer, const char *folder, kit_desc_instrument *in,
	       dr_error *err)
{
	const kit_layer *from = &k->instrument[instrument].layers[layer];
	kit_desc_layer *l = kit_desc_add_layer(in);
	char file[32], path[PATH_MAX];
	snprintf(file, sizeof file, "%s-%03u.flac", instrument_name(instrument), layer + 1);
	if (!l || !(l->file = strdup(file)))
		return error_set(err, DR_FAILED, "%s: out of memory", folder);
	if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, file) >= sizeof path)
		return error_set(err, DR_FAILED, "%s: the name is too long", folder);
	float scale;
	const dr_status status = write_sample(&from->sample, k->rate, path, &scale, err);
	l->gain = from->gain * scale;
	l->pitch = from->pitch;
	l->min = from->velocity_lo <= 1 ? 0.0f : ((float)from->velocity_lo - 0.5f) / 127.0f;
	l->max = from->velocity_hi >= 127 ? 1.0f : ((float)from->velocity_hi + 0.5f) / 127.0f;
	return status;
}

static dr_status
describe_instrument(const kit *k, int instrument, const char *folder, kit_desc *d, dr_error *err)
{
	const kit_instrument *from = &k->instrument[instrument];
	kit_desc_instrument *in = kit_desc_add_instrument(d);
	if (!in)
		return error_set(err, DR_FAILED, "%s: out of memory", folder);
	const float scale = 48000.0f / (float)k->rate;
	snprintf(in->name, sizeof in->name, "%s %s", instrument_name(instrument),
		 instrument_title(instrument));
	in->id = instrument;
	in->note = instrument_note(instrument);
	in->gain = from->gain;
	in->pan = from->pan;
	in->attack = from->attack * scale;
	in->decay = from->decay * scale;
	in->release = from->release * scale;
	in->sustain = from->sustain;
	in->mute_group = from->choke_group;
	in->selection = from->selection;
	dr_status status = DR_OK;
	for (uint32_t l = 0; l < from->n_layers && status == DR_OK; l++)
		status = describe_layer(k, instrument, l, folder, in, err);
	return status;
}

dr_status
kit_write_folder(const kit *k, const kit_credits *credits, const char *folder, dr_error *err)
{
	char path[PATH_MAX];
	if (mkdir(folder, 0777) != 0 && errno != EEXIST)
		return error_set(err, DR_FAILED, "%s: %s", folder, strerror(errno));
	kit_desc *d = kit_desc_new();
	if (!d)
		return error_set(err, DR_FAILED, "%s: out of memory", folder);
	snprintf(d->name, sizeof d->name, "%s", credits->name);
	snprintf(d->info, sizeof d->info, "%s", credits->info);
	snprintf(d->license, sizeof d->license, "%s", credits->license);
	snprintf(d->author, sizeof d->author, "drumlin");
	dr_status status = DR_OK;
	for (int i = 0; i < INSTRUMENTS && status == DR_OK; i++)
		if (k->instrument[i].n_layers)
			status = describe_instrument(k, i, folder, d, err);
	if (status == DR_OK) {
		if ((size_t)snprintf(path, sizeof path, "%s/drumkit.xml", folder) >= sizeof path)
			status = error_set(err, DR_FAILED, "%s: the name is too long", folder);
		else
			status = kit_hydrogen_write(d, path, err);
	}
	kit_desc_free(d);
	return status;
}

/* --- archives ---------------------------------------------------------------------------------------------
 */

/* Calls fn for each of the files in a folder that kit_write_folder has written: there are plain files in it,
 * and nothing else. */
typedef dr_status file_fn(void *user, const char *path, const char *name, dr_error *err);

static dr_status
for_each_file(const char *folder, file_fn *fn, void *user, dr_error *err)
{
	struct dirent **names;
	const int n = scandir(folder, &names, NULL, alphasort);
	dr_status status = n < 0 ? error_set(err, DR_FAILED, "%s: %s", folder, strerror(errno)) : DR_OK;
	for (int i = 0; i < n; i++) {
		char path[PATH_MAX];
		if (names[i]->d_name[0] != '.' && status == DR_OK) {
			if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name) >=
			    sizeof path)
				status = error_set(err, DR_FAILED, "%s: the name is too long", folder);
			else
				status = fn(user, path, names[i]->d_name, err);
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return status;
}

typedef struct packing {
	struct archive *archive;
	const char *name; /* of the kit */
} packing;

static dr_status
pack_one(void *user, const char *path, const char *name, dr_error *err)
{
	const packing *p = user;
	char inside[512], buffer[1 << 16];
	struct stat st;
	dr_status status = DR_OK;
	FILE *f = fopen(path, "rbe");
	struct archive_entry *entry = archive_entry_new();
	if (!f || !entry || fstat(fileno(f), &st) != 0) {
		status = error_set(err, DR_FAILED, "%s: %s", path, strerror(errno));
	} else {
		snprintf(inside, sizeof inside, "%s/%s", p->name, name);
		archive_entry_set_pathname(entry, inside);
		archive_entry_set_size(entry, st.st_size);
		archive_entry_set_filetype(entry, AE_IFREG);
		archive_entry_set_perm(entry, 0644);
		archive_entry_set_mtime(entry, 0, 0); /* the same kit, the same bytes */
		bool good = archive_write_header(p->archive, entry) == ARCHIVE_OK;
		for (size_t n; good && (n = fread(buffer, 1, sizeof buffer, f)) > 0;)
			good = archive_write_data(p->archive, buffer, n) == (la_ssize_t)n;
		if (!good || ferror(f))
			status = error_set(err, DR_FAILED, "%s: cannot be packed: %s", path,
					   good ? strerror(errno) : archive_error_string(p->archive));
	}
	archive_entry_free(entry);
	if (f)
		fclose(f);
	return status;
}

static dr_status
remove_one(void *user, const char *path, const char *name, dr_error *err)
{
	(void)user, (void)name, (void)err;
	unlink(path);
	return DR_OK;
}

static dr_status
pack(const char *folder, const char *name, const char *path, dr_error *err)
{
	packing p = {archive_write_new(), name};
	const size_t room = strlen(path) + 32;
	char *temporary = malloc(room);
	if (!p.archive || !temporary) {
		archive_write_free(p.archive);
		free(temporary);
		return error_set(err, DR_FAILED, "%s: out of memory", path);
	}
	snprintf(temporary, room, "%s.%ld.part", path, (long)getpid());
	const int fd = open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
	dr_status status = DR_OK;
	if (fd < 0 || archive_write_add_filter_gzip(p.archive) != ARCHIVE_OK ||
	    archive_write_set_filter_option(p.archive, "gzip", "timestamp", NULL) != ARCHIVE_OK ||
	    archive_write_set_format_ustar(p.archive) != ARCHIVE_OK ||
	    archive_write_open_fd(p.archive, fd) != ARCHIVE_OK)
		status = error_set(err, DR_FAILED, "%s: cannot be written: %s", path,
				   fd < 0 ? strerror(errno) : archive_error_string(p.archive));
	if (status == DR_OK)
		status = for_each_file(folder, pack_one, &p, err);
	if (status == DR_OK && archive_write_close(p.archive) != ARCHIVE_OK)
		status = error_set(err, DR_FAILED, "%s: %s", path, archive_error_string(p.archive));
	if (status == DR_OK && (fsync(fd) != 0 || rename(temporary, path) != 0))
		status = error_set(err, DR_FAILED, "%s: %s", path, strerror(errno));
	archive_write_free(p.archive);
	if (fd >= 0)
		close(fd);
	if (status != DR_OK)
		unlink(temporary);
	free(temporary);
	return status;
}

dr_status
kit_write_archive(const kit *k, const kit_credits *credits, const char *path, dr_error *err)
{
	const char *tmp = getenv("TMPDIR");
	char folder[PATH_MAX / 2];
	snprintf(folder, sizeof folder, "%s/drumlin-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(folder))
		return error_set(err, DR_FAILED, "%s: %s", folder, strerror(errno));
	dr_status status = kit_write_folder(k, credits, folder, err);
	if (status == DR_OK)
		status = pack(folder, credits->name, path, err);
	const dr_status removed = for_each_file(folder, remove_one, NULL, NULL);
	(void)removed; /* what stays in the folder for temporary files is no fault of the kit */
	rmdir(folder);
	return status;
}
