/* The one struct that holds everything the audio thread touches. Private to engine*.c.
 *
 * engine_setup.c makes and unmakes it, engine_warm_up.c tries it out, engine.c runs it, engine_commands.c
 * obeys. The rings, the mailbox and `shared` are the only parts that other threads see. */
#ifndef DRUMLIN_ENGINE_STATE_H
#define DRUMLIN_ENGINE_STATE_H

#include "rt/engine.h"
#include "rt/midi_clock_in.h"
#include "rt/midi_clock_out.h"
#include "rt/midi_stream.h"
#include "rt/mixer.h"
#include "rt/ring.h"
#include "rt/seq.h"
#include "rt/timeline.h"

enum {
	ENGINE_MIDI_ACTIONS = 16,
	ENGINE_TICKS = 16,
	ENGINE_SHARP = 16, /* see engine_cuts.c */
	ENGINE_GRID = 32,
	ENGINE_STRIKES =
	    64 /* by hand, and commands, in a period of up to so many frames; one a frame in longer ones */
};

typedef enum engine_message_kind { MESSAGE_COMMAND, MESSAGE_PARAM } engine_message_kind;

typedef struct engine_message {
	engine_message_kind kind;
	int32_t target; /* a command_id, or a slot */
	int16_t instrument;
	float value;
	uint32_t source;  /* of a parameter's setting */
	uint64_t time_us; /* 0: at once */
} engine_message;

/* A MIDI note that sounds elsewhere. */
typedef struct engine_note {
	bool on;
	uint32_t left; /* frames until it ends */
	uint8_t channel, pitch;
} engine_note;

typedef struct engine_shared {
	_Atomic int64_t next_step;
	_Atomic double position, tempo;
	_Atomic uint32_t epoch, moving; /* equal but while a relocation is being published */
	_Atomic bool rolling, master_tempo, has_kits, clock_locked, midi_wanted;
	_Atomic int sync;
	bar_map_shared bars;
	_Atomic uint32_t latency; /* frames */
	_Atomic uint32_t rate, period, underruns, voices, stolen, lost_reports, midi_events, midi_faults,
	    hurried, unheard;
	_Atomic uint64_t cycles_last, cycles_max;
	_Atomic float peak[ENGINE_METERS], far_peak[ENGINE_METERS];
} engine_shared;

struct engine {
	/* Set up once, then constant. */
	params *params;
	plan *plan;

	/* Ways in and out. */
	ring commands; /* control -> audio: engine_message */
	ring reports;  /* audio -> control: report */
	ring clocks;   /* MIDI ports -> audio: engine_timed_midi */
	ring midi;     /* audio -> MIDI ports: engine_timed_midi */
	ring lights;   /* MIDI ports -> audio: engine_light */
	_Atomic(kit_set *) mailbox;
	_Atomic(tape *) tape_wanted; /* set by the control side */
	_Atomic uint32_t turns;      /* periods that have ended */
	_Atomic(midi_map *) map_mailbox;
	engine_shared shared;
	timeline_shared shared_timeline; /* that Link leads by */
	timeline_shared own_timeline;    /* see engine_get_timeline */

	/* The audio thread's own. */
	song_clock clock;
	clock_pos resume; /* where `continue` goes on */
	bool rolling, starting;
	bool host_changed;   /* see engine_change_host */
	uint32_t start_wait; /* frames that a start has waited for the plan */
	uint32_t epoch;
	int sync;
	transport_state transport;
	bar_map bars, resume_bars;
	midi_clock_in clock_in;
	midi_clock_out clock_out;
	double line_quarters;   /* quarters from the top to bars.now's line */
	bool joining;           /* Link has just become the source of time */
	int clock_source;       /* whose MIDI clock is heard */
	double clock_heard;     /* frame of its last message */
	bool clock_held;        /* stopped by hand while the master rolls */
	bool clock_out_rolling; /* as the slaves were last told */
	uint32_t clock_out_epoch;
	uint32_t tick_at[ENGINE_TICKS]; /* the segment's clock ticks */
	int n_ticks, ticks_sent;
	int tick_begins;         /* the one of them that starts the slaves; -1 none */
	uint8_t clock_out_begin; /* with this message */
	tape *tape;
	engine_message timed[ENGINE_TIMED]; /* those that wait, by falling time: the next one is the last */
	int n_timed;
	uint32_t cuts_left, strikes_left; /* of this period */
	uint64_t frame;                   /* of the period's start, since the engine began */
	uint64_t period_us;               /* the same on the monotonic clock */
	uint32_t latency;                 /* frames from there to the listener */
	engine_timeline timeline;
	seq seq;
	voice_bank voices;
	mixer mixer;
	kit_set *kits[ENGINE_KIT_SLOTS];
	int kit_current; /* slot that new voices use; -1 none */
	float weight[INSTRUMENTS][KIT_CORNERS];
	bool weights_settled;
	const midi_map *map; /* in force */
	midi_map *own_map;   /* the same if it was published; NULL: it is borrowed */
	midi_map *old_map;   /* waits for room among the reports */
	midi_hand hand;
	midi_stream stream; /* of the host's port */
	engine_note note[INSTRUMENTS];
	engine_io *io;       /* the period's, while it runs */
	uint32_t at;         /* frames of it that are done */
	uint64_t tap_frames; /* frames since the last tap */
	int taps;
	seq_event events[SEQ_PENDING];
	float bus[INSTRUMENTS][2][VOICE_CHUNK];
	float main_left[VOICE_CHUNK], main_right[VOICE_CHUNK];
};

/* engine_setup.c: the initial state, at a rate. Kits, rings and epoch stay. [set-up] */
void engine_reset(engine *e, uint32_t rate);

/* engine_commands.c [audio] */
void engine_obey(engine *e, command_id command, int instrument, float value);
void engine_report(engine *e, const report *r);
void engine_set_rolling(engine *e, bool rolling);
void engine_relocated(engine *e);
void engine_midi_in(engine *e, const engine_midi *m);
/* At a period's start. */
void engine_take_map(engine *e);

/* engine_timed.c [audio]: takes the ring, obeys or keeps what it holds; obeys what is due `at` frames into
 * the period; frames from there to the next, UINT32_MAX if there is none in this period. */
void engine_take_commands(engine *e, const engine_io *io);
void engine_obey_due(engine *e, const engine_io *io, uint32_t at);
uint32_t engine_frames_to_timed(const engine *e, const engine_io *io, uint32_t at);

/* engine_cuts.c [audio]: at a period's start; then frames from `at` to the next cut, or to the period's end,
 * where midi_in[next_midi] is the first message that has not been taken. */
void engine_begin_cuts(engine *e, uint32_t frames);
uint32_t engine_frames_to_cut(engine *e, const engine_io *io, uint32_t next_midi, uint32_t at);

/* engine_sync.c [audio] */
void engine_choose_sync(engine *e, const engine_io *io);
/* At a segment's start, `at` frames into the period. */
void engine_keep_time(engine *e, uint32_t at);
void engine_keep_metre(engine *e);
/* The music's tempo: the clock's own is steered, under MIDI clock and Link, towards their place. */
double engine_tempo(const engine *e);
/* The top of the song, in the performer's metre. */
void engine_cue_metre(engine *e);
/* MIDI clock from the host's port (source 0) or another (from 1 on). */
void engine_clock_in(engine *e, int source, const uint8_t *data, uint32_t size, double frame);
/* Play, stop, continue and toggle while MIDI clock is followed: true if that was their business. */
bool engine_clock_command(engine *e, command_id command);
/* Frames from `at` to a start that others have agreed on and that lies ahead; UINT32_MAX: none. */
uint32_t engine_frames_to_start(const engine *e, uint32_t at);

/* engine_clock_out.c [audio]
 * Finds the clock ticks of a segment; engine_flush_ticks sends those before `until`, frames in the segment.
 */
void engine_send_clock(engine *e, engine_io *io, uint32_t at, uint32_t frames);
void engine_flush_ticks(engine *e, engine_io *io, uint32_t at, uint32_t until);
/* The period's MIDI for the ports that are not the host's. */
void engine_copy_midi(engine *e, const engine_io *io);

/* engine_notes.c [audio]: what is played, as notes. engine_note_on at e->at; engine_note_offs ends those that
 * are due before `frames` from there. */
void engine_note_on(engine *e, int instrument, int velocity);
void engine_note_offs(engine *e, uint32_t frames);
void engine_notes_end(engine *e); /* all, at e->at */
void engine_midi_out(engine_io *io, uint32_t frame, uint8_t size, uint8_t status, uint8_t a, uint8_t b);

/* engine.c [audio] */
bool engine_cued(const engine *e);
void engine_hit(engine *e, int instrument, int velocity, int64_t step, bool by_hand);

#endif
