/* What a kit's file says, before any sample is read: the form that every kit format is parsed into, and
 * from which kitfile.c loads. A new format brings a reader that fills in one of these.
 *
 * A description belongs to whoever asked for it. Blocking code only; never the audio thread. */
#ifndef DRUMLIN_KIT_DESC_H
#define DRUMLIN_KIT_DESC_H

#include "model/kitfile.h"

enum { KIT_DESC_MAX_INSTRUMENTS = 1000 };

typedef struct kit_desc_layer {
	char *file;     /* as the kit names it, relative to its folder */
	float min, max; /* velocity, 0..1: from min up to, not including, max (1 is included) */
	float gain;     /* linear */
	float pitch;    /* semitones */
} kit_desc_layer;

typedef struct kit_desc_instrument {
	char name[48];
	int id;
	int note; /* General MIDI percussion; -1 where the kit does not say */
	float volume, gain;
	float pan;                    /* -1 left .. 1 right */
	float pan_left, pan_right;    /* older kits; -1 where absent */
	float pitch;                  /* semitones, on top of the layers' own */
	float attack, decay, release; /* frames at 48 kHz */
	float sustain;
	int mute_group; /* -1 none */
	bool muted, filtered, stop_note;
	kit_selection selection;
	kit_desc_layer *layers;
	uint32_t n_layers;
	int place; /* which of the twelve it plays, -1 none; set by kit_desc_place() */
} kit_desc_instrument;

typedef struct kit_desc {
	char name[64], author[64], info[512], license[64];
	kit_desc_instrument *instruments;
	uint32_t n_instruments;
} kit_desc;

/* An empty description; NULL if memory is short. kit_desc_free(NULL) is allowed. */
kit_desc *kit_desc_new(void);
void kit_desc_free(kit_desc *d);

/* Appends an instrument (volume and gains 1, no envelope, id and note -1) or a layer (all velocities) in its
 * default state; NULL if memory is short. Pointers are valid until the next one is added. */
kit_desc_instrument *kit_desc_add_instrument(kit_desc *d);
kit_desc_layer *kit_desc_add_layer(kit_desc_instrument *in);

/* Decides which instrument plays which of the twelve: by a name that begins with a short name ("BD kick"),
 * else by its note. Where several fold into one place, a short name wins, then the place's own General MIDI
 * note, then the first. */
void kit_desc_place(kit_desc *d);

/* Velocities 1..127 that a layer answers to; lo > hi if it answers to none. */
void kit_desc_velocities(const kit_desc_layer *l, int *lo, int *hi);

/* Whom to tell what, and how often it was told: a broken kit may have thousands of faults, and a
 * performer reads the first few. fn may be NULL. */
typedef struct kit_warner {
	kit_warn_fn *fn;
	void *user;
	const char *where; /* put before each line */
	int count;
} kit_warner;
void kit_warn(kit_warner *w, const char *fmt, ...) DR_PRINTF(2, 3);

/* Reads and places a kit folder or the document in it. *folder is the real path of the folder that the
 * layers' files are relative to, malloc'd. Errors: as kit_load(). */
dr_status kit_desc_read(const char *path, kit_warner *warner, kit_desc **out, char **folder,
			dr_error *err) DR_CHECKED;

/* The real path, malloc'd, of a layer's file, which must exist and lie inside folder (itself a real path),
 * links included. NULL with the fault told if it does not. */
char *kit_desc_resolve(const char *folder, const char *file, kit_warner *warner);

#endif
