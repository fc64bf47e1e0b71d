#include "app/take.h"

#include "model/audiofile.h"
#include "model/midiwrite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum {
	PPQ = 960,
	CHUNK = 4096,
	FOLDER = 4096,
	MIDI_SECONDS = 20,
	NOTE_TICKS = PPQ / 8,
	FILES = 1 + INSTRUMENTS
};

/* A hit in the MIDI file's own time. */
typedef struct note {
	uint32_t tick;
	uint8_t instrument, velocity;
} note;

typedef struct tempo_change {
	uint32_t tick;
	float tempo;
} tempo_change;

struct take {
	tape *tape;
	char folder[FOLDER];
	audiofile_writer *file[FILES]; /* main, then the instruments where they are asked for */
	int n_files;
	uint64_t frames;
	float *block, *pair; /* CHUNK frames of the tape; of one file */
	note *notes;
	tempo_change *tempi;
	size_t n_notes, notes_room, n_tempi, tempi_room;
	uint64_t last_frame; /* the place from which ticks go on */
	double last_tick;
	uint64_t midi_at; /* frames at which the MIDI file is written again */
};

const char *
take_folder(const take *k)
{
	return k->folder;
}

double
take_seconds(const take *k)
{
	return (double)k->frames / tape_rate(k->tape);
}

/* --- folder and files ---------------------------------------------------------------------------------- */

static dr_status
make_parents(const char *path, dr_error *err)
{
	char part[FOLDER];
	snprintf(part, sizeof part, "%s", path);
	for (char *c = part + 1;; c++) {
		if (*c && *c != '/')
			continue;
		const char was = *c;
		*c = '\0';
		if (mkdir(part, 0777) != 0 && errno != EEXIST)
			return error_set(err, DR_FAILED, "%s: cannot be made: %s", part, strerror(errno));
		*c = was;
		if (!was)
			return DR_OK;
	}
}

/* Two takes in the same second are told apart by a number. */
static dr_status
make_folder(const char *parent, char folder[FOLDER], dr_error *err)
{
	const time_t now = time(NULL);
	struct tm local;
	char name[32];
	dr_status status = make_parents(parent, err);
	if (status != DR_OK)
		return status;
	localtime_r(&now, &local);
	strftime(name, sizeof name, "%Y-%m-%d-%H%M%S", &local);
	for (int n = 1; n < 100; n++) {
		char suffix[16] = "";
		if (n > 1)
			snprintf(suffix, sizeof suffix, "-%d", n);
		if ((size_t)snprintf(folder, FOLDER, "%s/%s%s", parent, name, suffix) >= FOLDER)
			break;
		if (mkdir(folder, 0777) == 0)
			return DR_OK;
		if (errno != EEXIST)
			break;
	}
	return error_set(err, DR_FAILED, "%s/%s: cannot be made: %s", parent, name, strerror(errno));
}

static dr_status
open_files(take *k, dr_error *err)
{
	const int wanted = tape_channels(k->tape) == TAPE_ALL ? FILES : 1;
	for (; k->n_files < wanted; k->n_files++) {
		char path[FOLDER + 16];
		snprintf(path, sizeof path, "%s/%s.wav", k->folder,
			 k->n_files ? instrument_name(k->n_files - 1) : "main");
		const dr_status status =
		    audiofile_create_recording(path, tape_rate(k->tape), 2, &k->file[k->n_files], err);
		if (status != DR_OK)
			return status;
	}
	return DR_OK;
}

static void
take_free(take *k)
{
	for (int i = 0; i < k->n_files; i++)
		audiofile_discard(k->file[i]);
	free(k->block);
	free(k->pair);
	free(k->notes);
	free(k->tempi);
	free(k);
}

dr_status
take_begin(const char *parent, tape *t, take **out, dr_error *err)
{
	*out = NULL;
	take *k = calloc(1, sizeof *k);
	if (k) {
		k->tape = t;
		k->block = malloc((size_t)CHUNK * (size_t)tape_channels(t) * sizeof(float));
		k->pair = malloc(CHUNK * 2 * sizeof(float));
	}
	if (!k || !k->block || !k->pair) {
		if (k)
			take_free(k);
		return error_set(err, DR_FAILED, "out of memory for the recording");
	}
	k->midi_at = (uint64_t)MIDI_SECONDS * tape_rate(t);
	dr_status status = make_folder(parent, k->folder, err);
	if (status == DR_OK)
		status = open_files(k, err);
	if (status != DR_OK) {
		take_free(k);
		return status;
	}
	*out = k;
	return DR_OK;
}

/* --- notes -----------------------------------------------------------------------------------------------
 */

/* Room for one more; false without memory. */
static bool
grow(void **list, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return true;
	const size_t wanted = *room ? *room * 2 : 1024;
	void *grown = realloc(*list, wanted * size);
	if (!grown)
		return false;
	*list = grown;
	*room = wanted;
	return true;
}

/* Ticks go at the tempo in force, so that the bars of the file are those that were played; the first hit lies
 * where it lay in its bar. */
static void
take_hit(take *k, const tape_hit *h)
{
	if (!grow((void **)&k->notes, k->n_notes, &k->notes_room, sizeof *k->notes) ||
	    !grow((void **)&k->tempi, k->n_tempi, &k->tempi_room, sizeof *k->tempi))
		return;
	const bool first = k->n_notes == 0;
	const double tempo = (double)(first ? h->tempo : k->tempi[k->n_tempi - 1].tempo);
	if (first)
		k->last_tick = (double)h->beat * PPQ;
	else
		k->last_tick +=
		    (double)(h->frame - k->last_frame) * tempo * PPQ / (60.0 * tape_rate(k->tape));
	k->last_frame = h->frame;
	if (k->last_tick > (double)(MIDIWRITE_MAX_TICK - PPQ))
		return; /* 77 hours at 120 bpm */
	const uint32_t tick = (uint32_t)(k->last_tick + 0.5);
	if (first || h->tempo != k->tempi[k->n_tempi - 1].tempo)
		k->tempi[k->n_tempi++] = (tempo_change){first ? 0 : tick, h->tempo};
	k->notes[k->n_notes++] = (note){tick, h->instrument, h->velocity};
}

static dr_status
write_midi(const take *k, dr_error *err)
{
	char path[FOLDER + 16];
	midiwriter *w;
	if (!k->n_notes)
		return DR_OK;
	snprintf(path, sizeof path, "%s/set.mid", k->folder);
	dr_status status = midiwriter_new(path, PPQ, (double)k->tempi[0].tempo, 4, 4, &w, err);
	if (status != DR_OK)
		return status;
	for (size_t i = 1; i < k->n_tempi && status == DR_OK; i++)
		status = midiwriter_tempo(w, k->tempi[i].tick, (double)k->tempi[i].tempo, err);
	for (size_t i = 0; i < k->n_notes && status == DR_OK; i++)
		status = midiwriter_note(w, k->notes[i].tick, NOTE_TICKS, 10,
					 instrument_note(k->notes[i].instrument), k->notes[i].velocity, err);
	if (status == DR_OK)
		return midiwriter_close(w, (uint32_t)k->last_tick, err);
	midiwriter_discard(w);
	return status;
}

/* --- writing ------------------------------------------------------------------------------------------- */

static dr_status
write_block(take *k, uint32_t frames, dr_error *err)
{
	const int channels = tape_channels(k->tape);
	for (int i = 0; i < k->n_files; i++) {
		for (uint32_t f = 0; f < frames; f++)
			memcpy(k->pair + (size_t)f * 2,
			       k->block + (size_t)f * (size_t)channels + (size_t)i * 2, 2 * sizeof(float));
		const dr_status status = audiofile_write(k->file[i], k->pair, frames, err);
		if (status != DR_OK)
			return status;
	}
	k->frames += frames;
	return DR_OK;
}

dr_status
take_write(take *k, dr_error *err)
{
	tape_hit hit;
	dr_status status = DR_OK;
	for (uint32_t n; status == DR_OK && (n = tape_read(k->tape, k->block, CHUNK)) > 0;)
		status = write_block(k, n, err);
	while (tape_read_hit(k->tape, &hit))
		take_hit(k, &hit);
	if (status != DR_OK || k->frames < k->midi_at)
		return status;
	k->midi_at = k->frames + (uint64_t)MIDI_SECONDS * tape_rate(k->tape);
	return write_midi(k, err);
}

dr_status
take_end(take *k, dr_error *err)
{
	dr_error later;
	dr_status status = k->n_files ? take_write(k, err) : DR_OK;
	for (int i = 0; i < k->n_files; i++) {
		const dr_status closed = audiofile_close(k->file[i], status == DR_OK ? err : &later);
		status = status == DR_OK ? closed : status;
	}
	k->n_files = 0;
	const dr_status written = write_midi(k, status == DR_OK ? err : &later);
	status = status == DR_OK ? written : status;
	take_free(k);
	return status;
}
