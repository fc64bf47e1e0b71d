/* The one struct that holds everything the audio thread touches. Private to engine*.c.
 *
 * engine_setup.c makes and unmakes it, engine.c runs it, engine_commands.c obeys. The rings, the mailbox and
 * `shared` are the only parts that other threads see. */
#ifndef DRUMLIN_ENGINE_STATE_H
#define DRUMLIN_ENGINE_STATE_H

#include "rt/engine.h"
#include "rt/mixer.h"
#include "rt/ring.h"
#include "rt/seq.h"

enum { ENGINE_KIT_SLOTS = 8, ENGINE_MIDI_ACTIONS = 16 };

typedef struct engine_message {
	command_id command;
	int16_t instrument;
	float value;
} engine_message;

typedef struct engine_shared {
	_Atomic int64_t next_step;
	_Atomic double position, tempo;
	_Atomic uint32_t epoch, moving; /* equal but while a relocation is being published */
	_Atomic bool rolling, master_tempo, has_kits;
	_Atomic int bar_len;
	_Atomic uint32_t latency; /* frames */
	_Atomic uint32_t rate, period, underruns, voices, stolen, lost_reports, midi_events;
	_Atomic uint64_t cycles_last, cycles_max;
	_Atomic float peak[ENGINE_METERS];
} engine_shared;

struct engine {
	/* Set up once, then constant. */
	params *params;
	plan *plan;
	const midi_map *map;

	/* Ways in and out. */
	ring commands; /* control -> audio: engine_message */
	ring reports;  /* audio -> control: report */
	_Atomic(kit_set *) mailbox;
	engine_shared shared;

	/* The audio thread's own. */
	song_clock clock;
	clock_pos resume; /* where `continue` goes on */
	bool rolling, starting;
	uint32_t start_wait; /* frames that a start has waited for the plan */
	uint32_t epoch;
	int sync;
	transport_state transport;
	seq seq;
	voice_bank voices;
	mixer mixer;
	kit_set *kits[ENGINE_KIT_SLOTS];
	int kit_current; /* slot that new voices use; -1 none */
	float weight[INSTRUMENTS][KIT_CORNERS];
	bool weights_settled;
	uint32_t note_off[INSTRUMENTS]; /* frames until the MIDI note ends; 0 none is on */
	uint64_t tap_frames;            /* frames since the last tap */
	int taps;
	seq_event events[SEQ_PENDING];
	float bus[INSTRUMENTS][2][VOICE_CHUNK];
	float main_left[VOICE_CHUNK], main_right[VOICE_CHUNK];
};

/* engine_commands.c [audio] */
void engine_obey(engine *e, command_id command, int instrument, float value);
void engine_report(engine *e, const report *r);
void engine_set_rolling(engine *e, bool rolling);
void engine_relocated(engine *e);
void engine_midi_in(engine *e, const engine_midi *m);

/* engine.c [audio] */
bool engine_cued(const engine *e);
void engine_hit(engine *e, int instrument, int velocity, int64_t step, bool by_hand);

#endif
